import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ConfigError } from './problems.js';

const IN_IMAGE = fileURLToPath(new URL('../look.css', import.meta.url));
const IN_REPOSITORY = fileURLToPath(new URL('../../../look/look.css', import.meta.url));

/** The service's settings out of the environment. Throws a ConfigError that names every variable at fault. */
export function readSettings(env) {
  const problems = [];
  const settings = {
    issuer: issuer(env.ISSUER, problems),
    appUrl: webAddress('APP_URL', env.APP_URL, problems),
    stage: env.STAGE || 'local',
    release: env.RELEASE || 'dev',
    port: port(env.PORT, problems),
    dataDir: env.DATA_DIR || '/data',
    tenantDir: env.TENANT_DIR || '/tenant',
    lookFile: env.LOOK_FILE || (existsSync(IN_IMAGE) ? IN_IMAGE : IN_REPOSITORY),
  };
  if (problems.length) throw new ConfigError(problems);
  return Object.freeze(settings);
}

/** The value of variable `name`, or of the file that `<name>_FILE` names, without its trailing newline. */
export function variable(env, name) {
  if (env[name] !== undefined) return env[name];
  const file = env[`${name}_FILE`];
  return file === undefined ? undefined : readSecret(name, file);
}

function readSecret(name, file) {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/u, '');
  } catch (error) {
    throw new ConfigError([{ key: `${name}_FILE`, message: `${file} cannot be read (${error.code})` }]);
  }
}

function issuer(value, problems) {
  const url = URL.canParse(value ?? '') ? new URL(value) : undefined;
  if (url && /^https?:$/u.test(url.protocol) && url.href === value && url.pathname === '/' && !url.search && !url.hash)
    return value;
  problems.push({
    key: 'ISSUER',
    message: 'must be an address that ends in a slash, such as http://auth.localhost:8642/',
  });
  return undefined;
}

function webAddress(key, value, problems) {
  if (value === undefined || value === '') return undefined;
  if (URL.canParse(value) && /^https?:/u.test(value)) return value;
  problems.push({ key, message: 'must be an address such as http://app.localhost:8642' });
  return undefined;
}

function port(value, problems) {
  const number = Number(value || 8080);
  if (Number.isInteger(number) && number >= 0 && number < 65536) return number;
  problems.push({ key: 'PORT', message: 'must be a port number such as 8080' });
  return undefined;
}
