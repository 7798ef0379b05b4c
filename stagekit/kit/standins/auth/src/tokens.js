import { permissionsOf } from './access.js';

/**
 * Gives an access token the claims of the API's token dialect; for oidc-provider's `formats.customizers.jwt`.
 * Source: auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 */
export function shapeAccessToken({ settings, tenant, people }) {
  return (_ctx, token, jwt) => {
    const api = tenant.apis.get(token.aud);
    const asProfile = api.dialect.startsWith('rfc9068');
    const { jti, client_id: clientId, authorization_details: _none, ...claims } = jwt.payload;
    const scopes = (claims.scope ?? '').split(' ').filter(Boolean);
    jwt.header = { typ: asProfile ? 'at+jwt' : 'JWT' };
    jwt.payload = {
      ...claims,
      ...(asProfile ? { jti, client_id: clientId } : { azp: clientId, ...grantType(token) }),
      sub: token.kind === 'ClientCredentials' ? `${clientId}@clients` : claims.sub,
      aud: scopes.includes('openid') ? [api.identifier, `${settings.issuer}userinfo`] : api.identifier,
      ...permissions(tenant, people, api, token, scopes),
    };
  };
}

function grantType(token) {
  if (token.kind === 'ClientCredentials') return { gty: 'client-credentials' };
  return token.gty?.startsWith('password') ? { gty: 'password' } : {};
}

/** All that a person's roles permit, whatever was asked for; of a machine, what it was granted. */
function permissions(tenant, people, api, token, scopes) {
  if (!api.enforcesRoles || !api.dialect.endsWith('_authz')) return {};
  if (token.kind === 'ClientCredentials') return { permissions: scopes };
  return { permissions: permissionsOf(tenant, people.bySub.get(token.accountId), api.identifier) };
}

/** The id token of a token response, signed again with the Actions' claims; those cannot replace a standard one. */
export async function addIdTokenClaims({ keys }, idToken, custom) {
  return keys.sign({ ...custom, ...(await keys.verify(idToken, {})) });
}
