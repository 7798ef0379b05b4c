import assert from 'node:assert/strict';
import test from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { API, APP, authorization, Browser, exchange, refresh, service, signIn, token } from './helpers.js';

test('a person signs in with one click and the tokens have the shape of Auth0', async (t) => {
  const stage = await service(t);
  const { query, verifier } = await signIn(stage, new Browser(), 'ana');
  assert.equal(query.state, 'a-state');
  const { status, body, claims, id } = await exchange(stage, { query, verifier });
  assert.equal(status, 200);
  assert.deepEqual([body.token_type, body.expires_in, typeof body.refresh_token], ['Bearer', 86400, 'string']);
  assert.deepEqual(claims, {
    iss: stage.issuer,
    sub: 'auth0|ana',
    aud: [API, `${stage.issuer}userinfo`],
    azp: 'shop-web',
    iat: claims.iat,
    exp: claims.iat + 86400,
    scope: 'openid profile email read:account create:checkout read:reports run:reports offline_access',
    permissions: ['read:account', 'create:checkout', 'read:reports', 'run:reports'],
    'https://shop.example/roles': ['customer', 'staff'],
    'https://shop.example/email': 'ana@example.test',
    'https://shop.example/name': 'Ana Lindqvist',
  });
  assert.deepEqual(id, {
    iss: stage.issuer,
    sub: 'auth0|ana',
    aud: 'shop-web',
    iat: id.iat,
    exp: id.iat + 36000,
    nonce: 'a-nonce',
    name: 'Ana Lindqvist',
    nickname: 'ana',
    email: 'ana@example.test',
    email_verified: true,
    'https://shop.example/roles': ['customer', 'staff'],
    'https://shop.example/email': 'ana@example.test',
    'https://shop.example/name': 'Ana Lindqvist',
  });
});

test('an API verifies the access token by discovery alone', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ben'));
  const discovery = await (await fetch(`${stage.issuer}.well-known/openid-configuration`)).json();
  assert.equal(discovery.issuer, stage.issuer);
  assert.equal(discovery.jwks_uri, `${stage.issuer}.well-known/jwks.json`);
  assert.deepEqual(
    ['authorization', 'token', 'userinfo', 'revocation', 'end_session'].map((name) =>
      discovery[`${name}_endpoint`].slice(stage.issuer.length),
    ),
    ['authorize', 'oauth/token', 'userinfo', 'oauth/revoke', 'oidc/logout'],
  );
  const { payload, protectedHeader } = await jwtVerify(
    body.access_token,
    createRemoteJWKSet(new URL(discovery.jwks_uri)),
    { issuer: discovery.issuer, audience: API },
  );
  assert.deepEqual([payload.sub, protectedHeader.alg, protectedHeader.typ], ['auth0|ben', 'RS256', 'JWT']);
});

test('the token endpoint takes JSON as Auth0 does', async (t) => {
  const stage = await service(t);
  const { status, claims } = await exchange(stage, await signIn(stage, new Browser(), 'ana'), {}, { json: true });
  assert.deepEqual([status, claims.sub], [200, 'auth0|ana']);
});

test('roles decide the scopes that are granted', async (t) => {
  const stage = await service(t);
  const { body, claims } = await exchange(stage, await signIn(stage, new Browser(), 'ben'));
  assert.equal(body.scope, 'openid profile email read:account create:checkout offline_access');
  assert.deepEqual(claims.permissions, ['read:account', 'create:checkout']);
});

test('permissions hold all that the roles permit, scope what was asked for', async (t) => {
  const stage = await service(t);
  const { claims } = await exchange(
    stage,
    await signIn(stage, new Browser(), 'ana', { scope: 'openid read:reports made:up' }),
  );
  assert.equal(claims.scope, 'openid read:reports');
  assert.deepEqual(claims.permissions, ['read:account', 'create:checkout', 'read:reports', 'run:reports']);
});

test('an API without role enforcement grants every scope and shows no permissions', async (t) => {
  const stage = await service(t, {
    edit: { 'tenant.yaml': (text) => text.replace('enforce_policies: true', 'enforce_policies: false') },
  });
  const { claims } = await exchange(stage, await signIn(stage, new Browser(), 'ben', { scope: 'openid run:reports' }));
  assert.deepEqual([claims.scope, claims.permissions], ['openid run:reports', undefined]);
});

test('without openid the audience is the API alone', async (t) => {
  const stage = await service(t);
  const { body, claims } = await exchange(
    stage,
    await signIn(stage, new Browser(), 'ana', { scope: 'read:account', nonce: undefined }),
  );
  assert.deepEqual([claims.aud, body.id_token], [API, undefined]);
});

test('without an audience the access token is opaque and opens userinfo', async (t) => {
  const stage = await service(t);
  const { body, claims } = await exchange(
    stage,
    await signIn(stage, new Browser(), 'jon', { audience: undefined, scope: 'openid profile email read:account' }),
  );
  assert.deepEqual([claims, body.scope], [undefined, 'openid profile email']);
  const info = await (
    await fetch(`${stage.issuer}userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } })
  ).json();
  assert.deepEqual(info, {
    sub: 'auth0|jon',
    name: 'Jón Þórsson',
    nickname: 'jon',
    email: 'jon@example.test',
    email_verified: true,
    'https://shop.example/roles': ['customer'],
    'https://shop.example/email': 'jon@example.test',
    'https://shop.example/name': 'Jón Þórsson',
  });
});

test('an access token of the API opens userinfo too, a forged one does not', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const ask = (bearer) =>
    fetch(`${stage.issuer}userinfo`, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
  assert.equal((await (await ask(body.access_token)).json()).email, 'ana@example.test');
  const [header, payload] = body.access_token.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  for (const bad of [undefined, 'nonsense', `${header}.${payload}.AAAA`, unsigned])
    assert.equal((await ask(bad)).status, 401);
});

test('a wrong or missing PKCE verifier is refused', async (t) => {
  const stage = await service(t);
  const wrong = await exchange(stage, { ...(await signIn(stage, new Browser(), 'ana')), verifier: 'x'.repeat(43) });
  assert.deepEqual(
    [wrong.status, wrong.body],
    [403, { error: 'invalid_grant', error_description: 'Failed to verify code verifier' }],
  );
  const { query } = await signIn(stage, new Browser(), 'ana');
  const none = await token(stage, {
    grant_type: 'authorization_code',
    client_id: 'shop-web',
    code: query.code,
    redirect_uri: `${APP}/callback`,
  });
  assert.deepEqual([none.status, none.body.error], [403, 'invalid_grant']);
});

test('the browser client must use PKCE', async (t) => {
  const stage = await service(t);
  const { query } = await signIn(stage, new Browser(), 'ana', {
    code_challenge: undefined,
    code_challenge_method: undefined,
  });
  assert.equal(query.error, 'invalid_request');
});

test('a code works once; using it again ends the tokens it gave', async (t) => {
  const stage = await service(t);
  const signedIn = await signIn(stage, new Browser(), 'ana');
  const first = await exchange(stage, signedIn);
  const second = await exchange(stage, signedIn);
  assert.deepEqual(
    [second.status, second.body],
    [403, { error: 'invalid_grant', error_description: 'Invalid authorization code' }],
  );
  assert.equal((await refresh(stage, first.body.refresh_token)).status, 403);
});

test('another redirect_uri at the token endpoint is refused', async (t) => {
  const stage = await service(t);
  const { status, body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'), {
    redirect_uri: `${APP}/other`,
  });
  assert.deepEqual([status, body.error], [403, 'invalid_grant']);
});

test('a callback that is not registered shows a page and leads nowhere', async (t) => {
  const stage = await service(t);
  for (const redirect of [
    `${APP}/callback/`,
    `${APP}/callback?x=1`,
    'https://evil.example/<script>',
    `${APP}.evil.example/callback`,
  ]) {
    const page = await new Browser().get(authorization(stage, { redirect_uri: redirect }).url);
    assert.deepEqual([page.status, page.location], [403, null]);
    assert.match(page.text, /Callback URL mismatch/u);
    assert.doesNotMatch(page.text, /<script>/u);
  }
});

test('an unknown client shows a page and leads nowhere', async (t) => {
  const stage = await service(t);
  const page = await new Browser().get(authorization(stage, { client_id: '<b>nobody' }).url);
  assert.deepEqual([page.status, page.location], [400, null]);
  assert.match(page.text, /Unknown client: &lt;b&gt;nobody/u);
});

test('an unknown audience goes back as access_denied', async (t) => {
  const stage = await service(t);
  const { query } = await signIn(stage, new Browser(), 'ana', { audience: 'https://nowhere.example' });
  assert.deepEqual(
    [query.error, query.error_description, query.state],
    ['access_denied', 'Service not found: https://nowhere.example', 'a-state'],
  );
});

test('prompt=none answers login_required without a session and a code with one', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const before = await signIn(stage, browser, 'ana', { prompt: 'none' });
  assert.deepEqual([before.query.error, before.query.error_description], ['login_required', 'Login required']);
  await signIn(stage, browser, 'ana');
  const after = await signIn(stage, browser, 'ana', { prompt: 'none' });
  const { body } = await exchange(stage, after);
  assert.equal(typeof body.refresh_token, 'string');
});

test('response_mode=web_message answers by a posted message', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { url } = authorization(stage, { prompt: 'none', response_mode: 'web_message' });
  assert.match((await browser.get(url)).text, /"response":\{"error":"login_required"/u);
  await signIn(stage, browser, 'ana');
  const { text, headers } = await browser.get(
    authorization(stage, { prompt: 'none', response_mode: 'web_message' }).url,
  );
  assert.match(text, /"response":\{"code":"/u);
  assert.equal(headers.get('x-frame-options'), null);
});

test('a session signs in again without a question, prompt=login asks', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  await signIn(stage, browser, 'ana');
  const { page, query } = await signIn(stage, browser, 'ana');
  assert.equal(page.url.includes('/u/login/'), false);
  assert.ok(query.code);
  const again = await signIn(stage, browser, 'ben', { prompt: 'login' });
  assert.match(again.page.text, /Choose a person/u);
  assert.equal((await exchange(stage, again)).claims.sub, 'auth0|ben');
});

test('somebody else signing in with the browser leaves the first one’s refresh token alone', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const ana = await exchange(stage, await signIn(stage, browser, 'ana'));
  await exchange(stage, await signIn(stage, browser, 'ben', { prompt: 'login' }));
  assert.equal((await refresh(stage, ana.body.refresh_token)).claims.sub, 'auth0|ana');
});

test('max_age puts auth_time on the id token', async (t) => {
  const stage = await service(t);
  const { id } = await exchange(stage, await signIn(stage, new Browser(), 'ana', { max_age: '600' }));
  assert.ok(Math.abs(id.auth_time - id.iat) < 5);
});
