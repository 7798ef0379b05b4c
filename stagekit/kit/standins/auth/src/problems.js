/** A setting or file that keeps the service from starting. Holds every problem found, not only the first. */
export class ConfigError extends Error {
  constructor(problems) {
    super(problems.map(describe).join('; '));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `{file, key, message}` in words: "people.yaml people[2].email: is missing". */
export function describe({ file, key, message }) {
  return `${[file, key].filter(Boolean).join(' ')}: ${message}`;
}

/** Reads typed values out of parsed YAML and notes what is wrong under its full key, going on with a harmless value. */
export class Reader {
  constructor(file) {
    this.file = file;
    this.problems = [];
  }

  problem(key, message) {
    this.problems.push({ file: this.file, key, message });
  }

  /** A non-empty text. Without `fallback` it must be there. */
  text(holder, name, at, fallback) {
    const value = holder?.[name];
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.problem(join(at, name), value === undefined ? 'is missing' : 'must be a text');
    return '';
  }

  flag(holder, name, at, fallback) {
    return this.#typed(holder, name, at, fallback, (value) => typeof value === 'boolean', 'must be true or false');
  }

  /** A number of seconds or hours: whole and above zero, or zero where `least` says so. */
  count(holder, name, at, fallback, least = 1) {
    const fits = (value) => Number.isSafeInteger(value) && value >= least;
    return this.#typed(holder, name, at, fallback, fits, `must be a whole number, ${least} or more`);
  }

  choice(holder, name, at, fallback, allowed) {
    return this.#typed(
      holder,
      name,
      at,
      fallback,
      (value) => allowed.includes(value),
      `must be one of ${allowed.join(', ')}`,
    );
  }

  /** A list, empty where the key is absent or null. */
  list(holder, name, at) {
    const value = holder?.[name] ?? [];
    if (Array.isArray(value)) return value;
    this.problem(join(at, name), 'must be a list');
    return [];
  }

  texts(holder, name, at) {
    return this.list(holder, name, at).filter((value, index) => {
      if (typeof value === 'string' && value !== '') return true;
      this.problem(`${join(at, name)}[${index}]`, 'must be a text');
      return false;
    });
  }

  /** A list of mappings as `[mapping, key]` pairs; anything else in it is a problem. */
  mappings(holder, name, at) {
    return this.list(holder, name, at)
      .map((value, index) => [value, `${join(at, name)}[${index}]`])
      .filter(([value, key]) => {
        if (isMapping(value)) return true;
        this.problem(key, 'must be a mapping');
        return false;
      });
  }

  mapping(holder, name, at) {
    const value = holder?.[name] ?? {};
    if (isMapping(value)) return value;
    this.problem(join(at, name), 'must be a mapping');
    return {};
  }

  /** Notes a second use of `value`, which must be the only one of its kind in the file. */
  once(seen, value, key, what) {
    if (value !== '' && seen.has(value)) this.problem(key, `${what} ${JSON.stringify(value)} is there twice`);
    return value;
  }

  #typed(holder, name, at, fallback, fits, message) {
    const value = holder?.[name];
    if (value === undefined || value === null) return fallback;
    if (fits(value)) return value;
    this.problem(join(at, name), message);
    return fallback;
  }
}

export function isMapping(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(at, name) {
  return at ? `${at}.${name}` : name;
}
