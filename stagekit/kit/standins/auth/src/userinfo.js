import { profileClaims } from './access.js';
import { loginEvent, runActions } from './actions.js';

/** `/userinfo`, for the access tokens of an API (with openid scope) as well as for opaque ones: Auth0 takes both. */
export function userinfoRoute(world, provider) {
  return async (ctx) => {
    const token = /^Bearer (\S+)$/iu.exec(ctx.get('Authorization'))?.[1];
    const found = token && ((await fromJwt(world, token)) ?? (await fromOpaque(provider, token)));
    const person = found?.scopes.includes('openid') && world.people.bySub.get(found.sub);
    if (!person) return refuse(ctx, token);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { ...(await customClaims(world, person, found)), ...profileClaims(person, found.scopes) };
  };
}

async function fromJwt({ keys, settings }, token) {
  const expected = { issuer: settings.issuer, audience: `${settings.issuer}userinfo` };
  const claims = await keys.verify(token, expected).catch(() => undefined);
  return claims && { sub: claims.sub, clientId: claims.azp ?? claims.client_id, scopes: (claims.scope ?? '').split(' ') };
}

async function fromOpaque(provider, token) {
  const found = await provider.AccessToken.find(token);
  return found && !found.aud
    ? { sub: found.accountId, clientId: found.clientId, scopes: [...found.scopes] }
    : undefined;
}

async function customClaims({ tenant, actions }, person, { clientId, scopes }) {
  const client = tenant.clients.get(clientId);
  if (!client) return {};
  return (await runActions(actions, loginEvent({ tenant, person, client, scopes, protocol: 'oidc-basic-profile' })))
    .idToken;
}

function refuse(ctx, token) {
  ctx.status = 401;
  ctx.set('WWW-Authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer');
  ctx.body = 'Unauthorized';
}
