import { readFileSync } from 'node:fs';

import { LineCounter, parseDocument } from 'yaml';

import { ConfigError, isMapping } from './problems.js';
import { variable } from './settings.js';

const KEYWORD = /##([A-Za-z0-9_]+)##|"@@([A-Za-z0-9_]+)@@"|'@@([A-Za-z0-9_]+)@@'|@@([A-Za-z0-9_]+)@@/gu;

/**
 * A YAML mapping from `file`, after keyword replacement as Auth0's deploy tool does it: `##NAME##` gives the
 * variable's text, `@@NAME@@` (quoted or not) its JSON. Throws a ConfigError with line numbers.
 */
export function loadYaml(file, env) {
  const replaced = replaceKeywords(file, read(file), env);
  const lines = new LineCounter();
  const document = parseDocument(replaced, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length) throw new ConfigError(document.errors.map((error) => syntax(file, error, lines)));
  const value = document.toJS();
  if (isMapping(value)) return value;
  throw new ConfigError([{ file, message: 'must be a YAML mapping' }]);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([{ file, message: `cannot be read (${error.code ?? error.message})` }]);
  }
}

/** Comments keep their keywords: only what YAML will read is replaced, so a comment may explain one. */
function replaceKeywords(file, text, env) {
  const problems = [];
  const lines = text.split('\n').map((line, index) => {
    if (/^\s*#(?!#\w+##)/u.test(line)) return line;
    return line.replace(KEYWORD, (whole, plain, ...json) => {
      const name = plain ?? json.slice(0, 3).find(Boolean);
      const value = variable(env, name);
      if (value === undefined)
        problems.push({ file, key: `line ${index + 1}`, message: `${whole} has no value: set ${name}` });
      return plain ? (value ?? '') : JSON.stringify(value ?? '');
    });
  });
  if (problems.length) throw new ConfigError(problems);
  return lines.join('\n');
}

function syntax(file, error, lines) {
  const { line, col } = lines.linePos(error.pos[0]);
  return { file, key: `line ${line}, column ${col}`, message: error.message };
}
