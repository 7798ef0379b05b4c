import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ConfigError, Reader } from './problems.js';
import { loadYaml } from './yaml-file.js';

export const PASSWORD_GRANTS = ['password', 'http://auth0.com/oauth/grant-type/password-realm'];
const SUPPORTED_GRANTS = ['authorization_code', 'refresh_token', 'client_credentials', ...PASSWORD_GRANTS];
const DIALECTS = ['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz'];
const AUTH_METHODS = ['none', 'client_secret_post', 'client_secret_basic'];
const DAY = 86400;

/**
 * The tenant in `<directory>/tenant.yaml`: clients, APIs, roles, client grants and post-login Actions, as frozen values.
 * Keys of Auth0's format that a stand-in has no use for are ignored. Throws a ConfigError with every problem.
 */
export function loadTenant(directory, env) {
  const file = path.join(directory, 'tenant.yaml');
  const raw = loadYaml(file, env);
  const reader = new Reader(file);
  const settings = reader.mapping(raw, 'tenant');
  const apis = readApis(reader, raw);
  const clients = readClients(reader, raw);
  const tenant = {
    name: reader.text(settings, 'friendly_name', 'tenant', 'Sign in'),
    connection: reader.text(settings, 'default_directory', 'tenant', 'Username-Password-Authentication'),
    defaultAudience: reader.text(settings, 'default_audience', 'tenant', null),
    sessionSeconds: reader.count(settings, 'session_lifetime', 'tenant', 168) * 3600,
    logoutUrls: reader.texts(settings, 'allowed_logout_urls', 'tenant'),
    apis,
    clients,
    clientGrants: readClientGrants(reader, raw, clients, apis),
    roles: readRoles(reader, raw, apis),
    actions: readActions(reader, raw, directory),
  };
  if (tenant.defaultAudience && !apis.has(tenant.defaultAudience)) {
    reader.problem('tenant.default_audience', `names no API of resourceServers (${[...apis.keys()].join(', ')})`);
  }
  if (reader.problems.length) throw new ConfigError(reader.problems);
  return Object.freeze(tenant);
}

function readApis(reader, raw) {
  const apis = new Map();
  for (const [item, at] of reader.mappings(raw, 'resourceServers')) {
    const identifier = reader.once(apis, reader.text(item, 'identifier', at), `${at}.identifier`, 'identifier');
    if (identifier && !URL.canParse(identifier))
      reader.problem(`${at}.identifier`, 'must be an absolute address, such as https://api.shop.example');
    const scopes = reader.mappings(item, 'scopes', at).map(([scope, key]) => reader.text(scope, 'value', key));
    reader.choice(item, 'signing_alg', at, 'RS256', ['RS256']);
    apis.set(
      identifier,
      Object.freeze({
        identifier,
        name: reader.text(item, 'name', at),
        scopes: new Set(scopes),
        enforcesRoles: reader.flag(item, 'enforce_policies', at, false),
        dialect: reader.choice(item, 'token_dialect', at, 'access_token', DIALECTS),
        tokenSeconds: reader.count(item, 'token_lifetime', at, DAY),
        allowsOffline: reader.flag(item, 'allow_offline_access', at, false),
      }),
    );
  }
  return apis;
}

function readClients(reader, raw) {
  const clients = new Map();
  for (const [item, at] of reader.mappings(raw, 'clients')) {
    const name = reader.text(item, 'name', at);
    const id = reader.once(clients, reader.text(item, 'client_id', at, name), at, 'client');
    const isPublic = ['spa', 'native'].includes(item.app_type);
    const callbacks = urls(reader, item, 'callbacks', at);
    const jwt = reader.mapping(item, 'jwt_configuration', at);
    clients.set(
      id,
      Object.freeze({
        id,
        name,
        description: reader.text(item, 'description', at, name),
        isNative: item.app_type === 'native',
        authMethod: reader.choice(
          item,
          'token_endpoint_auth_method',
          at,
          isPublic ? 'none' : 'client_secret_post',
          AUTH_METHODS,
        ),
        callbacks,
        logoutUrls: urls(reader, item, 'allowed_logout_urls', at),
        origins: new Set(
          [...urls(reader, item, 'web_origins', at), ...urls(reader, item, 'allowed_origins', at), ...callbacks].map(
            originOf,
          ),
        ),
        grants: new Set(reader.texts(item, 'grant_types', at).filter((grant) => SUPPORTED_GRANTS.includes(grant))),
        idTokenSeconds: reader.count(jwt, 'lifetime_in_seconds', `${at}.jwt_configuration`, 36000),
        refresh: readRefresh(reader, reader.mapping(item, 'refresh_token', at), `${at}.refresh_token`),
      }),
    );
  }
  if (!clients.size) reader.problem('clients', 'must have at least one client');
  return clients;
}

function readRefresh(reader, item, at) {
  return Object.freeze({
    rotates: reader.choice(item, 'rotation_type', at, 'non-rotating', ['rotating', 'non-rotating']) === 'rotating',
    leeway: reader.count(item, 'leeway', at, 0, 0),
    lifetime: item.infinite_token_lifetime === true ? 365 * DAY : reader.count(item, 'token_lifetime', at, 30 * DAY),
    idleLifetime:
      item.infinite_idle_token_lifetime === true ? 365 * DAY : reader.count(item, 'idle_token_lifetime', at, 15 * DAY),
  });
}

function urls(reader, item, name, at) {
  return reader.texts(item, name, at).filter((value, index) => {
    const fault = value.includes('*')
      ? 'wildcards are not supported: write the whole address'
      : 'must be an absolute address';
    if (URL.canParse(value) && !value.includes('*')) return true;
    reader.problem(`${at}.${name}[${index}]`, fault);
    return false;
  });
}

function originOf(url) {
  return new URL(url).origin;
}

function readClientGrants(reader, raw, clients, apis) {
  return reader.mappings(raw, 'clientGrants').map(([item, at]) => {
    const client = reader.text(item, 'client_id', at);
    const audience = reader.text(item, 'audience', at);
    const scopes =
      item.allow_all_scopes === true ? [...(apis.get(audience)?.scopes ?? [])] : reader.texts(item, 'scope', at);
    if (client && ![...clients.values()].some(({ id, name }) => id === client || name === client))
      reader.problem(`${at}.client_id`, `names no client: ${client}`);
    checkScopes(reader, apis, audience, scopes, at, 'audience', 'scope');
    return Object.freeze({ client, audience, scopes });
  });
}

function readRoles(reader, raw, apis) {
  const roles = new Map();
  for (const [item, at] of reader.mappings(raw, 'roles')) {
    const name = reader.once(roles, reader.text(item, 'name', at), `${at}.name`, 'role');
    const permissions = reader.mappings(item, 'permissions', at).map(([permission, key]) => {
      const api = reader.text(permission, 'resource_server_identifier', key);
      const scope = reader.text(permission, 'permission_name', key);
      checkScopes(reader, apis, api, [scope], key, 'resource_server_identifier', 'permission_name');
      return Object.freeze({ api, scope });
    });
    roles.set(name, Object.freeze({ name, permissions }));
  }
  return roles;
}

function checkScopes(reader, apis, identifier, scopes, at, apiKey, scopeKey) {
  const api = apis.get(identifier);
  if (identifier && !api) reader.problem(`${at}.${apiKey}`, `names no API of resourceServers: ${identifier}`);
  for (const scope of scopes.filter((name) => api && name && !api.scopes.has(name))) {
    reader.problem(`${at}.${scopeKey}`, `${scope} is no scope of ${identifier}`);
  }
}

/** The Actions bound to the post-login trigger, in their order, with their code. */
function readActions(reader, raw, directory) {
  const known = new Map(
    reader.mappings(raw, 'actions').map(([item, at]) => [reader.text(item, 'name', at), { item, at }]),
  );
  return reader.mappings(reader.mapping(raw, 'triggers'), 'post-login', 'triggers').flatMap(([binding, key]) => {
    const name = reader.text(binding, 'action_name', key);
    const found = known.get(name);
    if (name && !found) reader.problem(`${key}.action_name`, `names no action: ${name}`);
    return found ? [readAction(reader, found.item, found.at, name, directory)] : [];
  });
}

function readAction(reader, item, at, name, directory) {
  const file = path.resolve(directory, reader.text(item, 'code', at));
  const secrets = reader
    .mappings(item, 'secrets', at)
    .map(([secret, key]) => [reader.text(secret, 'name', key), reader.text(secret, 'value', key)]);
  if (reader.list(item, 'dependencies', at).length)
    reader.problem(`${at}.dependencies`, 'packages are not available in the stand-in');
  return Object.freeze({
    name,
    file,
    code: readCode(reader, file, at),
    secrets: Object.freeze(Object.fromEntries(secrets)),
  });
}

function readCode(reader, file, at) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    reader.problem(`${at}.code`, `${file} cannot be read (${error.code})`);
    return '';
  }
}
