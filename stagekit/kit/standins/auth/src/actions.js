import { createRequire } from 'node:module';
import vm from 'node:vm';

import { ConfigError } from './problems.js';

/** Makes the tenant's post-login Actions callable. Throws a ConfigError where one does not load. */
export function loadActions(actions) {
  return actions.map((action) => ({ ...action, run: compile(action) }));
}

/**
 * Runs the Actions for one sign-in and gives the claims they set and, if one refused, the reason.
 * The `event` has the parts of Auth0's that exist here.
 */
export async function runActions(actions, event) {
  const result = { accessToken: {}, idToken: {}, denied: undefined };
  const api = {
    accessToken: {
      setCustomClaim: (name, value) => {
        result.accessToken[name] = value;
      },
    },
    idToken: {
      setCustomClaim: (name, value) => {
        result.idToken[name] = value;
      },
    },
    access: {
      deny: (reason) => {
        result.denied ??= String(reason ?? 'denied');
      },
    },
  };
  for (const action of actions) {
    await action.run({ ...event, secrets: action.secrets }, api);
    if (result.denied !== undefined) break;
  }
  return result;
}

/** The event of a sign-in of `person` at `client`, for an API or none. */
export function loginEvent({ tenant, person, client, api, scopes, protocol }) {
  return {
    user: {
      user_id: person.sub,
      email: person.email,
      email_verified: person.emailVerified,
      name: person.name,
      nickname: person.nickname,
      user_metadata: structuredClone(person.userMetadata),
      app_metadata: structuredClone(person.appMetadata),
    },
    authorization: { roles: [...person.roles] },
    client: { client_id: client.id, name: client.name, metadata: {} },
    connection: { name: tenant.connection, strategy: 'auth0' },
    resource_server: api && { identifier: api.identifier },
    tenant: { id: tenant.name },
    transaction: { protocol, requested_scopes: [...scopes] },
  };
}

function compile({ name, file, code }) {
  const module = { exports: {} };
  try {
    vm.compileFunction(code, ['exports', 'module', 'require'], { filename: file })(
      module.exports,
      module,
      createRequire(file),
    );
  } catch (error) {
    throw new ConfigError([{ file, message: `the Action ${name} does not load: ${error.message}` }]);
  }
  if (typeof module.exports.onExecutePostLogin === 'function') return module.exports.onExecutePostLogin;
  throw new ConfigError([{ file, message: `the Action ${name} exports no onExecutePostLogin` }]);
}
