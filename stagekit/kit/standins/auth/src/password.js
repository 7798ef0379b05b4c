import { errors } from 'oidc-provider';

import { grantableScopes, grantedScopes, OIDC_SCOPES, profileClaims, saveGrant } from './access.js';
import { passwordFits } from './people.js';

/** The token endpoint's password grants. Auth0 wants a realm in one of them; here it may only name the one connection. */
export function passwordGrant(world, provider) {
  return async (ctx) => {
    const { params, client } = ctx.oidc;
    const person = authenticate(world, params);
    const api = apiOf(world, params);
    const scopes = scopesOf(world.tenant, person, api, params.scope);
    const grant = await saveGrant(provider, { accountId: person.sub, clientId: client.clientId }, api, scopes);
    const source = { accountId: person.sub, client, grantId: grant.jti, gty: 'password', scope: scopes.join(' ') };
    ctx.oidc.entity('Grant', grant);
    ctx.oidc.entity('Account', { accountId: person.sub, claims: async () => profileClaims(person, scopes) });
    ctx.body = await issue(ctx, provider, { person, api, scopes, source });
  };
}

function authenticate({ people, tenant }, { username, password, realm, grant_type: grantType }) {
  if (username === undefined || password === undefined) {
    throw new errors.InvalidRequest(`Missing required parameter: ${username === undefined ? 'username' : 'password'}`);
  }
  if (grantType !== 'password' && realm !== tenant.connection)
    throw new errors.InvalidRequest('The specified realm is invalid');
  const person = people.byEmail.get(String(username).toLowerCase());
  if (passwordFits(person, String(password))) return person;
  throw new errors.InvalidGrant('wrong email or password');
}

function apiOf({ tenant }, { audience = tenant.defaultAudience ?? undefined }) {
  if (audience === undefined || tenant.apis.has(audience)) return tenant.apis.get(audience);
  throw new errors.AccessDenied(`Service not found: ${audience}`);
}

/** Asking for nothing asks for everything at the API: that is how Auth0 trusts this grant. */
function scopesOf(tenant, person, api, asked) {
  if (asked !== undefined) return grantedScopes(tenant, person, api, [...new Set(asked.split(' '))]);
  return api ? grantableScopes(tenant, person, api) : OIDC_SCOPES.slice(0, 3);
}

async function issue(ctx, provider, { person, api, scopes, source }) {
  const token = new provider.AccessToken(source);
  token.scope = source.scope;
  if (api) {
    const info = {
      scope: source.scope,
      audience: api.identifier,
      accessTokenFormat: 'jwt',
      accessTokenTTL: api.tokenSeconds,
      jwt: { sign: { alg: 'RS256' } },
    };
    token.resourceServer = new provider.ResourceServer(api.identifier, info);
  }
  ctx.oidc.entity('AccessToken', token);
  return {
    access_token: await token.save(),
    ...(scopes.includes('offline_access') &&
      ctx.oidc.client.grantTypeAllowed('refresh_token') && {
        refresh_token: await refreshToken(provider, source, api),
      }),
    ...(scopes.includes('openid') && { id_token: await idToken(ctx, provider, person, scopes) }),
    scope: source.scope,
    expires_in: token.expiration,
    token_type: 'Bearer',
  };
}

function refreshToken(provider, source, api) {
  return new provider.RefreshToken({
    ...source,
    resource: api?.identifier,
    authTime: Math.floor(Date.now() / 1000),
    rotations: 0,
  }).save();
}

function idToken(ctx, provider, person, scopes) {
  const token = new provider.IdToken(profileClaims(person, scopes), { ctx });
  token.scope = scopes.filter((scope) => OIDC_SCOPES.includes(scope)).join(' ');
  return token.issue({ use: 'idtoken' });
}
