/** Who may have which scope. Pure: tenant values and names in, scopes out. */

export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** All permissions that the person's roles give at one API. */
export function permissionsOf(tenant, person, identifier) {
  const permissions = person.roles.flatMap((name) => tenant.roles.get(name)?.permissions ?? []);
  return [...new Set(permissions.filter(({ api }) => api === identifier).map(({ scope }) => scope))];
}

/** The API scopes the person may be granted: all of them, or with role-based access what the roles permit. */
export function grantableScopes(tenant, person, api) {
  return api.enforcesRoles ? permissionsOf(tenant, person, api.identifier) : [...api.scopes];
}

/** What is granted of `requested`: OpenID Connect's own scopes, and at the API what the person may have. */
export function grantedScopes(tenant, person, api, requested) {
  const allowed = new Set([...OIDC_SCOPES, ...(api ? grantableScopes(tenant, person, api) : [])]);
  if (api && !api.allowsOffline) allowed.delete('offline_access');
  return requested.filter((scope) => allowed.has(scope));
}

/** The scopes a client may use at an API on its own behalf; undefined without a client grant. */
export function machineScopes(tenant, client, identifier) {
  const names = [client.id, client.name];
  return tenant.clientGrants.find((grant) => names.includes(grant.client) && grant.audience === identifier)?.scopes;
}

/** The standard claims of a person, for those of the granted scopes that carry claims. */
export function profileClaims(person, scopes) {
  const has = new Set(scopes);
  return {
    sub: person.sub,
    ...(has.has('profile') && { name: person.name, nickname: person.nickname }),
    ...(has.has('email') && { email: person.email, email_verified: person.emailVerified }),
  };
}

/** Notes what a person granted a client. */
export async function saveGrant(provider, owner, api, scopes) {
  const grant = new provider.Grant(owner);
  const own = scopes.filter((scope) => OIDC_SCOPES.includes(scope));
  if (own.length) grant.addOIDCScope(own);
  if (api && scopes.length) grant.addResourceScope(api.identifier, scopes);
  await grant.save();
  return grant;
}
