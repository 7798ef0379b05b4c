import { createHash, timingSafeEqual } from 'node:crypto';
import path from 'node:path';

import { ConfigError, Reader } from './problems.js';
import { loadYaml } from './yaml-file.js';

/**
 * The people and client secrets in `<directory>/people.yaml`, checked against the tenant's roles and clients.
 * Throws a ConfigError with every problem.
 */
export function loadPeople(directory, env, tenant) {
  const file = path.join(directory, 'people.yaml');
  const raw = loadYaml(file, env);
  const reader = new Reader(file);
  const everyone = raw.password === undefined ? '' : reader.text(raw, 'password');
  const people = reader.mappings(raw, 'people').map(([item, at]) => readPerson(reader, item, at, everyone, tenant));
  if (!people.length) reader.problem('people', 'must have at least one person');
  refuseTwins(reader, people);
  const secrets = readSecrets(reader, raw, tenant);
  if (reader.problems.length) throw new ConfigError(reader.problems);
  return Object.freeze({ all: people, secrets, bySub: index(people, 'sub'), byEmail: index(people, 'emailKey') });
}

/** Whether `given` is the person's password; takes the same time for a person who does not exist. */
export function passwordFits(person, given) {
  const same = timingSafeEqual(digest(person?.password ?? ''), digest(given));
  return same && person !== undefined;
}

function readPerson(reader, item, at, everyone, tenant) {
  const email = reader.text(item, 'email', at);
  if (email && !/^[^\s@]+@[^\s@]+$/u.test(email)) reader.problem(`${at}.email`, `is no email address: ${email}`);
  const roles = reader.texts(item, 'roles', at);
  for (const role of roles.filter((name) => !tenant.roles.has(name)))
    reader.problem(`${at}.roles`, `names no role of tenant.yaml: ${role}`);
  const name = reader.text(item, 'name', at);
  return Object.freeze({
    sub: `auth0|${reader.text(item, 'id', at)}`,
    email,
    emailKey: email.toLowerCase(),
    emailVerified: reader.flag(item, 'email_verified', at, true),
    name,
    nickname: email.split('@')[0],
    roles: Object.freeze(roles),
    note: reader.text(item, 'note', at, null),
    password: reader.text(item, 'password', at, everyone || undefined),
    userMetadata: reader.mapping(item, 'user_metadata', at),
    appMetadata: reader.mapping(item, 'app_metadata', at),
  });
}

function refuseTwins(reader, people) {
  for (const [field, what] of [
    ['sub', 'id'],
    ['emailKey', 'email'],
  ]) {
    const seen = new Set();
    people.forEach((person, position) => {
      reader.once(seen, person[field], `people[${position}].${what}`, what);
      seen.add(person[field]);
    });
  }
}

/** Every client that must prove itself needs its secret here. */
function readSecrets(reader, raw, tenant) {
  const secrets = reader.mapping(raw, 'client_secrets');
  for (const id of Object.keys(secrets).filter((name) => !tenant.clients.has(name)))
    reader.problem(`client_secrets.${id}`, 'names no client of tenant.yaml');
  const confidential = [...tenant.clients.values()].filter(({ authMethod }) => authMethod !== 'none');
  return new Map(confidential.map(({ id }) => [id, reader.text(secrets, id, 'client_secrets')]));
}

function index(people, field) {
  return new Map(people.map((person) => [person[field], person]));
}

function digest(text) {
  return createHash('sha256').update(text).digest();
}
