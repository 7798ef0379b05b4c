import { errors } from 'oidc-provider';

import { readForm } from './body.js';
import { passwordFits } from './people.js';
import { expiredPage, loginPage, sendPage } from './pages.js';

const WRONG = 'Wrong email or password. Everyone’s password is in auth0/people.yaml.';

/** The sign-in page at `/u/login/<uid>`: shows on GET, decides on POST. */
export function loginRoute(world, provider) {
  return async (ctx, uid) => {
    const details = await findInteraction(provider, ctx, uid);
    if (!details) return sendPage(world, ctx, { status: 400, title: 'Expired', body: expiredPage(world) });
    if (ctx.method !== 'POST') return show(world, ctx, details);
    if (!fromThisPage(world, ctx)) return ctx.throw(403, 'The form was sent from another site');
    return submit(world, provider, ctx, details, await readForm(ctx.req));
  };
}

/** The pending sign-in that this browser's own cookie names; undefined when it is over or another's. */
async function findInteraction(provider, ctx, uid) {
  try {
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    return details.uid === uid ? details : undefined;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  }
}

/** Against forged posts, besides the SameSite cookie that findInteraction wants: browsers say where a form was. */
function fromThisPage({ settings }, ctx) {
  const origin = ctx.get('Origin');
  const site = ctx.get('Sec-Fetch-Site');
  return (!origin || origin === new URL(settings.issuer).origin) && (!site || site === 'same-origin');
}

function show(world, ctx, { params }, failure = {}) {
  const client = world.tenant.clients.get(params.client_id);
  const body = loginPage(world, { client, loginHint: params.login_hint, ...failure });
  sendPage(world, ctx, {
    status: failure.error ? 400 : 200,
    title: 'Sign in',
    body,
    formTarget: new URL(params.redirect_uri).origin,
  });
}

async function submit(world, provider, ctx, details, form) {
  const client = details.params.client_id;
  if (form.cancel !== undefined) {
    world.log.info('sign-in cancelled', { client });
    return finish(provider, ctx, { error: 'access_denied', error_description: 'The sign-in was cancelled' });
  }
  const person = whoIs(world.people, form);
  if (!person) {
    world.log.info('sign-in refused', { client });
    return show(world, ctx, details, { error: WRONG, email: form.email });
  }
  world.log.info('sign-in', { client, person: person.sub, by: form.person === undefined ? 'password' : 'click' });
  await finish(provider, ctx, { login: { accountId: person.sub, amr: ['pwd'] } });
}

function whoIs(people, form) {
  if (form.person !== undefined) return people.bySub.get(form.person);
  const person = people.byEmail.get((form.email ?? '').trim().toLowerCase());
  return passwordFits(person, form.password ?? '') ? person : undefined;
}

async function finish(provider, ctx, result) {
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  if (result.login) await handOver(provider, ctx, result.login.accountId);
  ctx.status = 303;
  ctx.redirect(returnTo);
}

/** Gives a session of somebody else to the new person: their tokens at other places stay valid, as with Auth0. */
async function handOver(provider, ctx, accountId) {
  const session = await provider.Session.get(ctx);
  if (!session.accountId || session.accountId === accountId) return;
  session.accountId = accountId;
  session.authorizations = undefined;
  await session.persist();
}
