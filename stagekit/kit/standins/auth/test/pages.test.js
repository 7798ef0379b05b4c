import assert from 'node:assert/strict';
import test from 'node:test';

import { APP, authorization, Browser, exchange, PASSWORD, refresh, service, signIn } from './helpers.js';

async function loginPage(stage, browser, extra) {
  return browser.follow(await browser.get(authorization(stage, extra).url), stage.issuer);
}

test('the sign-in page lists everybody with one button each', async (t) => {
  const stage = await service(t);
  const page = await loginPage(stage, new Browser());
  assert.equal(page.status, 200);
  assert.equal(page.text.match(/<button[^>]*name="person"/gu).length, 60);
  assert.match(page.text, /value="auth0\|ana">Continue as Ana Lindqvist</u);
  assert.match(page.text, /Finn O&#39;Rourke/u);
  assert.match(page.text, /staging copy · local · release dev/u);
  assert.doesNotMatch(page.text, /<script/u);
  assert.match(
    page.headers.get('content-security-policy'),
    /frame-ancestors 'none'; form-action 'self' http:\/\/app\.localhost:8642/u,
  );
});

test('people with a note come first, the others behind a fold', async (t) => {
  const page = await loginPage(await service(t), new Browser());
  const [before, behind] = page.text.split('<details class="others">');
  assert.equal(before.match(/<button[^>]*name="person"/gu).length, 28);
  assert.match(before, /value="auth0\|refunded"/u);
  assert.match(behind, /<summary>32 more people<\/summary>/u);
  assert.match(behind.split('</details>')[0], /value="auth0\|everyday-32"/u);
});

test('without any note everybody is listed and nothing is folded', async (t) => {
  const edit = { 'people.yaml': (text) => text.replace(/^ +note: .*\n/gmu, '') };
  const page = await loginPage(await service(t, { edit }), new Browser());
  assert.equal(page.text.match(/<button[^>]*name="person"/gu).length, 60);
  assert.doesNotMatch(page.text, /<details/u);
});

test('the seed can ask whom the sign-in knows', async (t) => {
  const stage = await service(t);
  const { people } = JSON.parse((await new Browser().get(`${stage.issuer}_standin/people`)).text);
  assert.equal(people.length, 60);
  assert.ok(people.includes('auth0|many-receipts'));
});

test('HTML in names, notes and typed text is escaped', async (t) => {
  const evil = '<img src=x onerror=alert(1)>"\'&';
  const stage = await service(t, {
    edit: {
      'people.yaml': (text) =>
        text
          .replace('name: Ben Okafor', `name: ${JSON.stringify(evil)}`)
          .replace('note: House plan, last payment failed', `note: ${JSON.stringify(evil)}`),
      'tenant.yaml': (text) => text.replace('friendly_name: Fernhill Tea', `friendly_name: ${JSON.stringify(evil)}`),
    },
  });
  const browser = new Browser();
  const page = await loginPage(stage, browser, { login_hint: evil });
  const wrong = await browser.post(page.url, { email: evil, password: 'x' });
  for (const text of [page.text, wrong.text, (await browser.get(stage.issuer)).text]) {
    assert.doesNotMatch(text, /<img/u);
    assert.match(text, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/u);
  }
});

test('the password form signs in, and says so when it cannot', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const page = await loginPage(stage, browser);
  for (const fields of [
    { email: 'jon@example.test', password: 'wrong' },
    { email: 'nobody@example.test', password: PASSWORD },
    {},
    { person: 'auth0|nobody' },
  ]) {
    const refused = await browser.post(page.url, fields);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /role="alert"[^>]*>Wrong email or password/u);
    assert.match(refused.text, new RegExp(`value="${fields.email ?? ''}"`, 'u'));
    assert.doesNotMatch(refused.text, /value="wrong"/u);
  }
  const done = await browser.follow(
    await browser.post(page.url, { email: ' JON@example.test ', password: PASSWORD }),
    stage.issuer,
  );
  assert.ok(new URL(done.location).searchParams.get('code'));
});

test('cancel goes back to the app with access_denied', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const page = await loginPage(stage, browser);
  const { location } = await browser.follow(
    await browser.post(page.url, { cancel: 'yes', email: '', password: '' }),
    stage.issuer,
  );
  const { searchParams } = new URL(location);
  assert.deepEqual([searchParams.get('error'), searchParams.get('state')], ['access_denied', 'a-state']);
});

test('a post from another site, or without the page’s cookie, is refused', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const page = await loginPage(stage, browser);
  assert.equal((await browser.post(page.url, { person: 'auth0|ana' }, { origin: 'https://evil.example' })).status, 403);
  assert.equal((await browser.post(page.url, { person: 'auth0|ana' }, { 'sec-fetch-site': 'cross-site' })).status, 403);
  const stranger = await new Browser().post(page.url, { person: 'auth0|ana' });
  assert.equal(stranger.status, 400);
  assert.match(stranger.text, /has expired/u);
});

test('a sign-in page used again says that it has expired', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { page } = await signIn(stage, browser, 'ana');
  const again = await browser.get(page.url);
  assert.equal(again.status, 400);
  assert.match(again.text, /has expired/u);
});

test('/v2/logout ends the session and leads to an allowed address only', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { body } = await exchange(stage, await signIn(stage, browser, 'ana'));
  const logout = (fields) => browser.get(`${stage.issuer}v2/logout?${new URLSearchParams(fields)}`);
  for (const returnTo of ['https://evil.example', `${APP}.evil.example`, `${APP}/callback`]) {
    const refused = await logout({ client_id: 'shop-web', returnTo });
    assert.deepEqual([refused.status, refused.location], [400, null]);
  }
  assert.equal((await logout({ client_id: 'nobody', returnTo: APP })).status, 400);
  assert.equal((await logout({ returnTo: APP })).status, 400);
  assert.ok((await signIn(stage, browser, 'ana', { prompt: 'none' })).query.code);
  const done = await logout({ client_id: 'shop-web', returnTo: APP });
  assert.deepEqual([done.status, done.location], [302, `${APP}/`]);
  assert.equal((await signIn(stage, browser, 'ana', { prompt: 'none' })).query.error, 'login_required');
  assert.equal((await refresh(stage, body.refresh_token)).status, 200);
});

test('/v2/logout without returnTo leads to the first allowed address, or shows a page', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  assert.equal((await browser.get(`${stage.issuer}v2/logout?client_id=shop-web`)).location, `${APP}/`);
  assert.match((await browser.get(`${stage.issuer}v2/logout`)).text, /signed out/u);
});

test('/oidc/logout trusts an id token of ours and asks without one', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { body } = await exchange(stage, await signIn(stage, browser, 'ana'));
  const url = (fields) => `${stage.issuer}oidc/logout?${new URLSearchParams(fields)}`;
  assert.match(
    (await browser.get(url({ client_id: 'shop-web', post_logout_redirect_uri: APP }))).text,
    /Sign out of Fernhill Tea\?/u,
  );
  assert.equal(
    (await browser.get(url({ id_token_hint: `${body.id_token}x`, post_logout_redirect_uri: APP }))).status,
    400,
  );
  assert.equal(
    (await browser.get(url({ id_token_hint: body.id_token, post_logout_redirect_uri: 'https://evil.example' }))).status,
    400,
  );
  const done = await browser.get(url({ id_token_hint: body.id_token, post_logout_redirect_uri: APP, state: 'x' }));
  assert.deepEqual([done.status, done.location], [302, `${APP}/?state=x`]);
  assert.equal((await signIn(stage, browser, 'ana', { prompt: 'none' })).query.error, 'login_required');
  await signIn(stage, browser, 'ana');
  assert.equal(
    (await browser.post(url({ client_id: 'shop-web', post_logout_redirect_uri: APP }), {})).location,
    `${APP}/`,
  );
  assert.equal((await signIn(stage, browser, 'ana', { prompt: 'none' })).query.error, 'login_required');
});

test('browsers may call from the tenant’s web origins only', async (t) => {
  const stage = await service(t);
  const ask = (method, path, origin) =>
    fetch(`${stage.issuer}${path}`, {
      method,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'auth0-client' },
    });
  const preflight = await ask('OPTIONS', 'oauth/token', APP);
  assert.deepEqual(
    [
      preflight.status,
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-headers'),
    ],
    [204, APP, 'auth0-client'],
  );
  assert.equal(
    (await ask('OPTIONS', 'oauth/token', 'https://evil.example')).headers.get('access-control-allow-origin'),
    null,
  );
  const refused = await ask('POST', 'oauth/token', 'https://evil.example');
  assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [403, null]);
  const token = await ask('POST', 'oauth/token', APP);
  assert.equal(token.headers.get('access-control-allow-origin'), APP);
  assert.equal((await ask('GET', 'userinfo', APP)).headers.get('access-control-allow-origin'), APP);
});

test('health, pages and unknown addresses answer; all links use the issuer', async (t) => {
  const stage = await service(t);
  assert.deepEqual(await (await fetch(`${stage.issuer}health`)).json(), { status: 'alive', release: 'dev' });
  assert.match(await (await fetch(stage.issuer)).text(), /Ines Duarte/u);
  assert.equal((await fetch(`${stage.issuer}nowhere`)).status, 404);
  for (const sheet of ['look.css', 'login.css'])
    assert.match((await fetch(`${stage.issuer}${sheet}`)).headers.get('content-type'), /text\/css/u);
  const spoofed = await fetch(`${stage.issuer}.well-known/openid-configuration`, {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  });
  assert.equal((await spoofed.json()).token_endpoint, `${stage.issuer}oauth/token`);
});

test('behind an edge with https the links are https and the cookies secure, named by the issuer’s port', async (t) => {
  const stage = await service(t, { env: { ISSUER: 'https://auth.shop.example:8443/' } });
  const { url } = authorization({ issuer: `http://127.0.0.1:${stage.settings.PORT}/` });
  const response = await fetch(url, { redirect: 'manual' });
  assert.match(response.headers.get('location'), /^\/u\/login\//u);
  for (const cookie of response.headers.getSetCookie())
    assert.match(cookie, /^auth0_\w+_8443(\.sig)?=.*; samesite=lax; secure; httponly/iu);
});

test('no secret, token, code or typed text reaches the log', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const page = await loginPage(stage, browser);
  await browser.post(page.url, { email: 'typed@example.test', password: 'typed-password' });
  const signedIn = await signIn(stage, browser, 'ana');
  const { body } = await exchange(stage, signedIn);
  await refresh(stage, body.refresh_token);
  await refresh(stage, body.refresh_token);
  const log = stage.lines.join('');
  for (const secret of [
    body.access_token,
    body.refresh_token,
    body.id_token,
    signedIn.query.code,
    signedIn.verifier,
    'typed@example.test',
    'typed-password',
    'shop-tests-secret',
    PASSWORD,
  ]) {
    assert.equal(log.includes(secret), false);
  }
  for (const line of stage.lines) assert.equal(typeof JSON.parse(line).event, 'string');
});
