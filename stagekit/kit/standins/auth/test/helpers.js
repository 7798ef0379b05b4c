import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { decodeJwt } from 'jose';

import { createLog } from '../src/log.js';
import { start } from '../src/start.js';

export const API = 'https://api.shop.example';
export const APP = 'http://app.localhost:8642';
export const PASSWORD = 'Staging-1234';
/** The repository's tenant, or the copy of it in the image's test target. */
const TENANT = [fileURLToPath(new URL('../../../../../auth0', import.meta.url)), '/tenant'].find((folder) =>
  existsSync(folder),
);

/** A copy of the repository's tenant folder; `edit` maps a file name to a function of its text. */
export function tenantFolder(t, edit = {}) {
  const folder = temporary(t, 'tenant');
  cpSync(TENANT, folder, { recursive: true });
  for (const [name, change] of Object.entries(edit)) {
    const file = path.join(folder, name);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }
  return folder;
}

export function temporary(t, name) {
  const folder = mkdtempSync(path.join(tmpdir(), `auth-${name}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A running service with its own port and data, stopped after the test. `restart()` stops and starts it on the same data. */
export async function service(t, { edit, env = {} } = {}) {
  const port = await freePort();
  const lines = [];
  const settings = {
    ISSUER: `http://127.0.0.1:${port}/`,
    APP_URL: APP,
    PORT: String(port),
    DATA_DIR: temporary(t, 'data'),
    TENANT_DIR: tenantFolder(t, edit),
    ...env,
  };
  const begin = () =>
    start(
      settings,
      createLog((line) => lines.push(line)),
    );
  let running = await begin();
  t.after(() => running.close());
  const restart = async () => {
    await running.close();
    running = await begin();
    await answers(settings.ISSUER);
  };
  return { issuer: settings.ISSUER, lines, restart, settings };
}

/** Until a request gets through: kept-alive connections of before a restart may break first. */
async function answers(issuer) {
  while (
    !(await fetch(`${issuer}health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  );
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** A POST to the token endpoint, as a form or as JSON: `{status, body, claims, id}`. */
export async function token({ issuer }, fields, { json = false, headers = {}, path: endpoint = 'oauth/token' } = {}) {
  const response = await fetch(`${issuer}${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded', ...headers },
    body: json ? JSON.stringify(fields) : new URLSearchParams(fields),
  });
  const text = await response.text();
  const body = text ? JSON.parse(text) : undefined;
  return {
    status: response.status,
    headers: response.headers,
    body,
    claims: claims(body?.access_token),
    id: claims(body?.id_token),
  };
}

function claims(jwt) {
  return jwt?.split('.').length === 3 ? decodeJwt(jwt) : undefined;
}

export function asTests(fields) {
  return { client_id: 'shop-tests', client_secret: 'shop-tests-secret', ...fields };
}

export function byPassword(person, fields = {}) {
  return asTests({
    grant_type: 'password',
    username: `${person}@example.test`,
    password: PASSWORD,
    audience: API,
    ...fields,
  });
}

/** A browser with no script: cookies by path, forms, redirects one at a time. */
export class Browser {
  #cookies = new Map();

  async get(url) {
    return this.#send(url, {});
  }

  async post(url, fields, headers = {}) {
    return this.#send(url, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  /** Follows redirects while they stay at `issuer`; gives the last response and the address that left it. */
  async follow(response, issuer) {
    let current = response;
    while (current.location?.startsWith(issuer)) current = await this.get(current.location);
    return current;
  }

  forget() {
    this.#cookies.clear();
  }

  async #send(url, { method = 'GET', body, headers = {} }) {
    const response = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: { ...headers, accept: 'text/html', cookie: this.#header(url) },
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    return {
      url,
      status: response.status,
      headers: response.headers,
      location: location && new URL(location, url).href,
      text: await response.text(),
    };
  }

  #keep(line) {
    const [pair, ...attributes] = line.split('; ');
    const [name, value] = pair.split(/=(.*)/su);
    const where = attributes.find((part) => /^path=/iu.test(part))?.slice(5) ?? '/';
    const gone = value === '' || attributes.some((part) => /^expires=Thu, 01 Jan 1970/iu.test(part));
    if (gone) this.#cookies.delete(`${where} ${name}`);
    else this.#cookies.set(`${where} ${name}`, { name, value, where });
  }

  #header(url) {
    const { pathname } = new URL(url);
    return [...this.#cookies.values()]
      .filter(({ where }) => pathname.startsWith(where))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

/** What auth0-spa-js sends to /authorize, with its verifier kept. */
export function authorization({ issuer }, extra = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const params = {
    client_id: 'shop-web',
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: `${APP}/callback`,
    audience: API,
    scope: 'openid profile email offline_access read:account create:checkout read:reports run:reports',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  };
  return {
    verifier,
    url: `${issuer}authorize?${new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined))}`,
  };
}

/** Goes through /authorize as `person`: `{page, query, verifier}` with the callback's query. */
export async function signIn(stage, browser, person, extra) {
  const { verifier, url } = authorization(stage, extra);
  const page = await browser.follow(await browser.get(url), stage.issuer);
  const last =
    page.status === 200 && page.url.includes('/u/login/')
      ? await browser.follow(await browser.post(page.url, { person: `auth0|${person}` }), stage.issuer)
      : page;
  return {
    page,
    last,
    verifier,
    query: last.location ? Object.fromEntries(new URL(last.location).searchParams) : undefined,
  };
}

export function exchange(stage, { query, verifier }, extra = {}, options = {}) {
  return token(
    stage,
    {
      grant_type: 'authorization_code',
      client_id: 'shop-web',
      code: query.code,
      code_verifier: verifier,
      redirect_uri: `${APP}/callback`,
      ...extra,
    },
    options,
  );
}

export function refresh(stage, refreshToken, extra = {}) {
  return token(stage, { grant_type: 'refresh_token', client_id: 'shop-web', refresh_token: refreshToken, ...extra });
}
