import { confirmLogoutPage, errorPage, sendPage, signedOutPage } from './pages.js';

/** Auth0's own `/v2/logout?client_id&returnTo`: ends the session, then leads to an allowed address only. */
export function logoutRoute(world, provider) {
  return async (ctx) => {
    const { client_id: clientId, returnTo } = ctx.query;
    const client = world.tenant.clients.get(clientId);
    if (clientId !== undefined && !client) return refuse(world, ctx, `Unknown client: ${clientId}`, []);
    const allowed = client ? client.logoutUrls : world.tenant.logoutUrls;
    if (returnTo !== undefined && !allowed.includes(returnTo))
      return refuse(world, ctx, notAllowed('returnTo'), [
        ['sent', String(returnTo)],
        ...allowed.map((url) => ['allowed', url]),
      ]);
    await endSession(world, provider, ctx);
    return leave(world, ctx, returnTo ?? allowed[0]);
  };
}

/**
 * OpenID Connect's logout. With a valid `id_token_hint` it ends the session at once; without one anybody could have made
 * the link, so the person is asked.
 */
export function oidcLogoutRoute(world, provider) {
  return async (ctx) => {
    const { id_token_hint: hint, client_id: clientId, post_logout_redirect_uri: target, state } = ctx.query;
    const proven = hint === undefined ? undefined : await clientOfHint(world, hint);
    if (hint !== undefined && !proven) return refuse(world, ctx, 'The id_token_hint is not valid here.', []);
    const client = world.tenant.clients.get(proven ?? clientId);
    if (target !== undefined && !client?.logoutUrls.includes(target)) {
      return refuse(world, ctx, notAllowed('post_logout_redirect_uri'), [
        ['sent', String(target)],
        ...(client?.logoutUrls ?? []).map((url) => ['allowed', url]),
      ]);
    }
    if (!proven && ctx.method !== 'POST' && (await signedIn(world, provider, ctx))) {
      return sendPage(world, ctx, {
        title: 'Sign out',
        body: confirmLogoutPage(world),
        formTarget: target && new URL(target).origin,
      });
    }
    await endSession(world, provider, ctx);
    return leave(world, ctx, target && withState(target, state));
  };
}

/** The person whom this browser's session belongs to. */
export async function signedIn({ people }, provider, ctx) {
  const { accountId } = await provider.Session.get(ctx);
  return people.bySub.get(accountId);
}

async function endSession(world, provider, ctx) {
  const session = await provider.Session.get(ctx);
  if (session.accountId) {
    world.log.info('sign-out', { person: session.accountId });
    await session.destroy();
  }
  ctx.cookies.set(provider.cookieName('session'), null, { httpOnly: true, sameSite: 'lax' });
}

/** The client that an id token of ours was made for, however old it is. */
async function clientOfHint({ keys, settings, tenant }, hint) {
  try {
    const { aud } = await keys.verify(String(hint), { issuer: settings.issuer, currentDate: new Date(0) });
    return tenant.clients.has(aud) ? aud : undefined;
  } catch {
    return undefined;
  }
}

function withState(target, state) {
  if (state === undefined) return target;
  const url = new URL(target);
  url.searchParams.set('state', state);
  return url.href;
}

function leave(world, ctx, target) {
  if (target === undefined) return sendPage(world, ctx, { title: 'Signed out', body: signedOutPage(world) });
  ctx.status = ctx.method === 'POST' ? 303 : 302;
  return ctx.redirect(target);
}

function notAllowed(parameter) {
  return `The "${parameter}" parameter is not defined as a valid URL in "Allowed Logout URLs".`;
}

function refuse(world, ctx, text, facts) {
  const fix = facts.length
    ? 'Add the address under allowed_logout_urls of this client in auth0/tenant.yaml, or correct the app.'
    : undefined;
  sendPage(world, ctx, {
    status: 400,
    title: 'Sign-out error',
    body: errorPage(world, { heading: 'Sign-out could not go on', text, facts, fix }),
  });
}
