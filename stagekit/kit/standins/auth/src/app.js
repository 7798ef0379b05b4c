import { existsSync, readFileSync } from 'node:fs';

import { BodyError, isJson, jsonAsForm } from './body.js';
import { tokenError } from './errors.js';
import { loginRoute } from './login.js';
import { logoutRoute, oidcLogoutRoute, signedIn } from './logout.js';
import { errorPage, indexPage, sendPage } from './pages.js';
import { createProvider } from './provider.js';
import { addIdTokenClaims } from './tokens.js';
import { userinfoRoute } from './userinfo.js';

const API_PATHS = ['/oauth/token', '/oauth/revoke', '/userinfo'];

/** The request listener for node's HTTP server. */
export function createApp(world) {
  const provider = createProvider(world);
  logProviderErrors(world, provider);
  for (const layer of [observe(world), cors(world), auth0TokenShape(world), pages(world, provider)])
    provider.use(layer);
  const handle = provider.callback();
  return async (request, response) => {
    pinAddress(world.settings, request);
    try {
      const readable = API_PATHS.includes(pathOf(request)) && isJson(request) ? await jsonAsForm(request) : request;
      await handle(readable, response);
    } catch (error) {
      unreadable(world, request, response, error);
    }
  };
}

/** One issuer, one address: whatever name or scheme a request came by, links and checks use the issuer's. */
function pinAddress({ issuer }, request) {
  const { host, protocol } = new URL(issuer);
  request.headers['x-forwarded-host'] = host;
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  if (API_PATHS.includes(pathOf(request))) request.headers.accept = 'application/json';
}

function pathOf(request) {
  return request.url.split('?', 1)[0];
}

/** A body that is no JSON, is too large, or broke off because the caller went away. */
function unreadable({ log }, request, response, error) {
  const status = error instanceof BodyError ? error.status : 400;
  log.info('request', { method: request.method, path: pathOf(request), status, message: error.message });
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.end(JSON.stringify({ error: 'invalid_request', error_description: error.message }));
}

/** One line per request, without its query (codes and tokens travel there) and without ids in its path. */
function observe(world) {
  const { log } = world;
  return async (ctx, next) => {
    const started = performance.now();
    ctx.set('X-Content-Type-Options', 'nosniff');
    await next().catch((error) => failed(world, ctx, error));
    if (ctx.path === '/health') return;
    const path = ctx.path.replace(/^\/(authorize|u\/login)\/.*/u, '/$1/*');
    log.info('request', {
      method: ctx.method,
      path,
      status: ctx.status,
      ms: Math.round(performance.now() - started),
      request_id: ctx.get('X-Request-Id') || undefined,
    });
  };
}

function failed(world, ctx, error) {
  const status = error.status ?? 500;
  if (status >= 500) world.log.error('failed', { path: ctx.path, message: error.message, stack: error.stack });
  const text = status >= 500 ? 'Something broke in the sign-in; its log says what.' : error.message;
  sendPage(world, ctx, {
    status,
    title: 'Sign-in error',
    body: errorPage(world, { heading: 'That did not work', text }),
  });
}

function logProviderErrors({ log }, provider) {
  const note = (event) => (ctx, error) => {
    ctx.state.failure = error;
    log.info(event, { client: ctx.oidc?.client?.clientId, error: error.error, detail: error.error_detail });
  };
  provider.on('grant.error', note('token refused'));
  provider.on('revocation.error', note('revocation refused'));
  provider.on('authorization.error', note('authorization refused'));
  provider.on('server_error', (ctx, error) => {
    ctx.state.failure = error;
    log.error('failed', { path: ctx.path, message: error.message, stack: error.stack });
  });
  provider.on('grant.success', ({ oidc }) => {
    log.info('token', {
      client: oidc.client.clientId,
      grant: oidc.params.grant_type,
      person: oidc.account?.accountId,
      scope: oidc.entities.AccessToken?.scope ?? oidc.entities.ClientCredentials?.scope,
    });
  });
}

/** Browsers may call from the web origins of the tenant's clients, and from nowhere else. */
function cors({ tenant }) {
  const origins = new Set([...tenant.clients.values()].flatMap((client) => [...client.origins]));
  return async (ctx, next) => {
    const origin = ctx.get('Origin');
    if (!origin || !API_PATHS.includes(ctx.path)) return next();
    ctx.vary('Origin');
    if (origins.has(origin)) ctx.set('Access-Control-Allow-Origin', origin);
    if (ctx.method !== 'OPTIONS') return origins.has(origin) ? next() : refuseOrigin(ctx, origin);
    ctx.status = 204;
    if (origins.has(origin)) {
      ctx.set({
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': ctx.get('Access-Control-Request-Headers'),
        'Access-Control-Max-Age': '3600',
      });
    }
    return undefined;
  };
}

function refuseOrigin(ctx, origin) {
  ctx.status = 403;
  ctx.body = {
    error: 'access_denied',
    error_description: `Origin ${origin} is not allowed: add it to web_origins of the client`,
  };
}

/** Errors of the token endpoints in Auth0's words, and the Actions' claims on the id token. */
function auth0TokenShape(world) {
  return async (ctx, next) => {
    await next();
    if (ctx.path !== '/oauth/token' && ctx.path !== '/oauth/revoke') return;
    if (ctx.state.failure) {
      const { status, body } = tokenError(ctx.state.failure, ctx.oidc?.params ?? ctx.oidc?.body);
      ctx.status = status;
      ctx.body = body;
    } else if (ctx.status === 200 && ctx.body?.id_token) {
      ctx.body.id_token = await addIdTokenClaims(world, ctx.body.id_token, ctx.state.actions?.idToken);
    }
  };
}

function pages(world, provider) {
  const sheets = new Map([
    ['/look.css', readSheet(world, world.settings.lookFile)],
    ['/login.css', readSheet(world, new URL('../login.css', import.meta.url))],
  ]);
  const routes = new Map([
    [
      '/',
      async (ctx) =>
        sendPage(world, ctx, { title: 'Sign-in', body: indexPage(world, await signedIn(world, provider, ctx)) }),
    ],
    [
      '/health',
      (ctx) => {
        ctx.body = { status: 'alive', release: world.settings.release };
      },
    ],
    [
      // For the stage's seed, which says when somebody of it cannot sign in.
      '/_standin/people',
      (ctx) => {
        ctx.body = { people: world.people.all.map(({ sub }) => sub) };
      },
    ],
    [
      '/robots.txt',
      (ctx) => {
        ctx.body = 'User-agent: *\nDisallow: /\n';
      },
    ],
    ['/userinfo', userinfoRoute(world, provider)],
    ['/v2/logout', logoutRoute(world, provider)],
    ['/oidc/logout', oidcLogoutRoute(world, provider)],
    ...[...sheets].map(([path, text]) => [path, (ctx) => sendSheet(ctx, text)]),
  ]);
  const login = loginRoute(world, provider);
  return async (ctx, next) => {
    const uid = /^\/u\/login\/([\w-]+)$/u.exec(ctx.path)?.[1];
    const route = uid ? (context) => login(context, uid) : routes.get(ctx.path);
    if (route && ['GET', 'HEAD', 'POST'].includes(ctx.method)) return route(ctx);
    await next();
    if (ctx.status === 404 && !ctx.body)
      sendPage(world, ctx, {
        status: 404,
        title: 'Not found',
        body: errorPage(world, { heading: 'Nothing is here', text: `There is no ${ctx.path} at the sign-in.` }),
      });
    return undefined;
  };
}

function readSheet({ log }, file) {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  log.warn('style sheet is missing', { file: String(file) });
  return '';
}

function sendSheet(ctx, text) {
  ctx.type = 'css';
  ctx.set('Cache-Control', 'max-age=300');
  ctx.body = text;
}
