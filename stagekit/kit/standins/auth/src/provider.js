import Provider, { errors, interactionPolicy } from 'oidc-provider';

import {
  grantedScopes,
  grantableScopes,
  machineScopes,
  OIDC_SCOPES,
  profileClaims,
  saveGrant,
} from './access.js';
import { loginEvent, runActions } from './actions.js';
import { renderAuthorizationError } from './pages.js';
import { passwordGrant } from './password.js';
import { PASSWORD_GRANTS } from './tenant.js';
import { shapeAccessToken } from './tokens.js';

const YEAR = 365 * 86400;
const HOUR = 3600;

/** The OpenID provider with Auth0's routes and rules. `world` holds settings, tenant, people, actions, keys, store and log. */
export function createProvider(world) {
  const provider = new Provider(world.settings.issuer, configuration(world));
  provider.proxy = true;
  for (const name of PASSWORD_GRANTS) {
    provider.registerGrantType(name, passwordGrant(world, provider), [
      'username',
      'password',
      'audience',
      'scope',
      'realm',
    ]);
  }
  return provider;
}

function configuration(world) {
  const { keys, store, tenant } = world;
  return {
    adapter: (kind) => store.adapter(kind),
    clients: [...tenant.clients.values()].map((client) => metadata(client, world.people.secrets.get(client.id))),
    jwks: keys.jwks,
    cookies: cookies(world),
    scopes: OIDC_SCOPES,
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_post', 'client_secret_basic'],
    claims: {
      acr: null,
      sid: null,
      auth_time: null,
      iss: null,
      openid: ['sub'],
      profile: ['name', 'nickname'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      userinfo: '/userinfo',
      jwks: '/.well-known/jwks.json',
      revocation: '/oauth/revoke',
      end_session: '/oidc/logout',
    },
    features: features(world),
    extraParams: { audience: restoreOfflineAccess },
    interactions: { policy: policy(), url: async (_ctx, { uid }) => `/u/login/${uid}` },
    findAccount: async (_ctx, sub) => account(world.people.bySub.get(sub)),
    loadExistingGrant: async (ctx) => freshGrant(world, ctx),
    extraTokenClaims: async (ctx, token) => actionClaims(world, ctx, token),
    formats: { customizers: { jwt: shapeAccessToken(world) } },
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    rotateRefreshToken: (ctx) => tenant.clients.get(ctx.oidc.client.clientId).refresh.rotates,
    renderError: (ctx, out, error) => renderAuthorizationError(world, ctx, out, error),
    ttl: lifetimes(tenant),
  };
}

function metadata(client, secret) {
  const interactive = client.grants.has('authorization_code');
  return {
    client_id: client.id,
    client_name: client.description,
    ...(secret && { client_secret: secret }),
    application_type: client.isNative ? 'native' : 'web',
    token_endpoint_auth_method: client.authMethod,
    grant_types: [...client.grants],
    response_types: interactive ? ['code'] : [],
    redirect_uris: interactive ? client.callbacks : [],
    post_logout_redirect_uris: client.logoutUrls,
  };
}

/** Cookies know no ports, and two stages of one machine differ only in theirs: so the port is in the names. */
function cookies({ settings, keys }) {
  const suffix = new URL(settings.issuer).port || 'main';
  const options = { httpOnly: true, sameSite: 'lax' };
  return {
    keys: keys.cookies,
    names: { session: `auth0_${suffix}`, interaction: `auth0_login_${suffix}`, resume: `auth0_resume_${suffix}` },
    long: options,
    short: options,
  };
}

function features(world) {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: true },
    webMessageResponseMode: { enabled: true, ack: 'individual-draft-01' },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (ctx, _client, oneOf) => oneOf ?? requestedAudience(world, ctx),
      getResourceServerInfo: async (ctx, identifier, client) => resourceServer(world, ctx, identifier, client),
      useGrantedResource: async () => true,
    },
  };
}

/** Auth0 asks for a sign-in only: a first party's consent is given. A session whose person is gone asks again. */
function policy() {
  const { base, Check, Prompt } = interactionPolicy;
  const prompts = base();
  const login = prompts.get('login');
  login.checks.add(
    new Check(
      'person_gone',
      'Login required',
      'login_required',
      ({ oidc }) => Boolean(oidc.session.accountId) && !oidc.account,
    ),
  );
  for (const check of login.checks) check.description = 'Login required';
  const consent = new Prompt({ name: 'consent', requestable: true });
  consent.checks.clear();
  prompts.remove('consent');
  prompts.add(consent);
  return prompts;
}

function account(person) {
  return (
    person && { accountId: person.sub, claims: async (_use, scope) => profileClaims(person, (scope ?? '').split(' ')) }
  );
}

/** Auth0 gives a refresh token without asking for consent; oidc-provider drops this scope without `prompt=consent`. */
function restoreOfflineAccess(ctx, _audience, client) {
  const { params, body } = ctx.oidc;
  const asked = String((ctx.method === 'POST' ? body?.scope : ctx.query.scope) ?? '').split(' ');
  if (!asked.includes('offline_access') || !client.grantTypeAllowed('refresh_token')) return;
  params.scope = [...new Set([...ctx.oidc.requestParamScopes, 'offline_access'])].join(' ');
}

/** The API that the request names, or the tenant's default. Auth0 has no token for a machine without one. */
function requestedAudience({ tenant, settings }, ctx) {
  const { params, body } = ctx.oidc;
  const audience = params.audience ?? body?.audience ?? tenant.defaultAudience ?? undefined;
  if (audience === `${settings.issuer}userinfo`) return undefined;
  if (audience !== undefined && !tenant.apis.has(audience))
    throw new errors.AccessDenied(`Service not found: ${audience}`);
  if (audience === undefined && params.grant_type === 'client_credentials') {
    throw new errors.AccessDenied('No audience parameter was provided, and no default audience has been configured');
  }
  return audience;
}

function resourceServer({ tenant, people }, ctx, identifier, client) {
  const api = tenant.apis.get(identifier);
  if (!api) throw new errors.AccessDenied(`Service not found: ${identifier}`);
  const scopes =
    ctx.oidc.params.grant_type === 'client_credentials'
      ? forMachine(tenant, ctx, tenant.clients.get(client.clientId), identifier)
      : [...OIDC_SCOPES, ...forPerson(tenant, people.bySub.get(ctx.oidc.account?.accountId), api)];
  return {
    scope: scopes.join(' '),
    audience: identifier,
    accessTokenFormat: 'jwt',
    accessTokenTTL: api.tokenSeconds,
    jwt: { sign: { alg: 'RS256' } },
  };
}

/** Before the person is known every scope may be asked for; what is granted is decided afterwards. */
function forPerson(tenant, person, api) {
  return person ? grantableScopes(tenant, person, api) : api.scopes;
}

/** A machine gets what its client grant has; asking for nothing asks for all of it. */
function forMachine(tenant, ctx, client, identifier) {
  const scopes = machineScopes(tenant, client, identifier);
  if (!scopes)
    throw new errors.AccessDenied(
      `Client is not authorized to access "${identifier}". You need to create a "client-grant" associated to this API.`,
    );
  const missing = [...ctx.oidc.requestParamScopes].filter((scope) => !scopes.includes(scope));
  if (missing.length) throw new errors.AccessDenied(`Client has not been granted scopes: ${missing.join(', ')}`);
  ctx.oidc.params.scope ??= scopes.join(' ') || undefined;
  return scopes;
}

/** One grant for each authorization, so that a refresh token used twice ends its own family and no other. */
async function freshGrant(world, ctx) {
  const { oidc } = ctx;
  if (oidc.route === 'authorization' && oidc.prompts.has('login')) return undefined;
  const person = world.people.bySub.get(oidc.account.accountId);
  const api = world.tenant.apis.get(Object.keys(oidc.resourceServers)[0]);
  const scopes = grantedScopes(world.tenant, person, api, [...oidc.requestParamScopes]);
  await runLoginActions(world, ctx, person, api, scopes, 'oidc-basic-profile');
  return saveGrant(oidc.provider, { accountId: person.sub, clientId: oidc.client.clientId }, api, scopes);
}

/** Runs the post-login Actions once for a request; one that denies or fails ends it. */
async function runLoginActions(world, ctx, person, api, scopes, protocol) {
  const client = world.tenant.clients.get(ctx.oidc.client.clientId);
  ctx.state.actions ??= await runActions(
    world.actions,
    loginEvent({ tenant: world.tenant, person, client, api, scopes, protocol }),
  ).catch((error) => {
    world.log.error('post-login action failed', { message: error.message });
    throw new errors.AccessDenied(`A post-login Action failed: ${error.message}`);
  });
  if (ctx.state.actions.denied !== undefined) throw new errors.AccessDenied(ctx.state.actions.denied);
  return ctx.state.actions;
}

async function actionClaims(world, ctx, token) {
  const person = world.people.bySub.get(token.accountId);
  if (!person) return undefined;
  const api = world.tenant.apis.get(token.aud);
  return (await runLoginActions(world, ctx, person, api, token.scopes, protocolOf(token))).accessToken;
}

function protocolOf({ gty }) {
  if (gty?.endsWith('refresh_token')) return 'oauth2-refresh-token';
  return gty === 'password' ? 'oauth2-password' : 'oidc-basic-profile';
}

function lifetimes(tenant) {
  const clientOf = (client) => tenant.clients.get(client.clientId);
  return {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 24 * HOUR,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 24 * HOUR,
    AuthorizationCode: 60,
    IdToken: (_ctx, _token, client) => clientOf(client).idTokenSeconds,
    RefreshToken: (_ctx, token, client) => refreshSeconds(clientOf(client).refresh, token),
    Interaction: HOUR,
    Session: tenant.sessionSeconds,
    Grant: YEAR,
  };
}

function refreshSeconds({ rotates, lifetime, idleLifetime }, token) {
  const left = Math.max(1, lifetime - token.totalLifetime());
  return rotates ? Math.min(left, idleLifetime) : left;
}
