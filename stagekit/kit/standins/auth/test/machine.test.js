import assert from 'node:assert/strict';
import test from 'node:test';

import { decodeProtectedHeader } from 'jose';

import { API, asTests, byPassword, service, token } from './helpers.js';

const machine = (fields) => asTests({ grant_type: 'client_credentials', audience: API, ...fields });

test('client credentials give a token to the machine', async (t) => {
  const stage = await service(t);
  for (const json of [true, false]) {
    const { status, body, claims } = await token(stage, machine(), { json });
    assert.deepEqual([status, body.expires_in, body.token_type], [200, 86400, 'Bearer']);
    assert.deepEqual(claims, {
      iss: stage.issuer,
      sub: 'shop-tests@clients',
      aud: API,
      azp: 'shop-tests',
      gty: 'client-credentials',
      iat: claims.iat,
      exp: claims.iat + 86400,
      scope: 'read:account create:checkout read:reports run:reports',
      permissions: ['read:account', 'create:checkout', 'read:reports', 'run:reports'],
    });
  }
});

test('client credentials work by the Authorization header, and for fewer scopes', async (t) => {
  const stage = await service(t);
  const headers = { authorization: `Basic ${Buffer.from('shop-tests:shop-tests-secret').toString('base64')}` };
  const { claims } = await token(
    stage,
    { grant_type: 'client_credentials', audience: API, scope: 'read:reports' },
    { headers },
  );
  assert.deepEqual([claims.scope, claims.permissions], ['read:reports', ['read:reports']]);
});

test('client credentials refuse as Auth0 does', async (t) => {
  const stage = await service(t);
  const cases = [
    [{ client_secret: 'wrong' }, 401, 'access_denied', /^Unauthorized$/u],
    [{ client_id: 'nobody' }, 401, 'access_denied', /^Unauthorized$/u],
    [{ audience: 'https://nowhere.example' }, 403, 'access_denied', /^Service not found: https:\/\/nowhere\.example$/u],
    [{ audience: 'no address' }, 403, 'access_denied', /^Service not found/u],
    [{ scope: 'read:account delete:everything' }, 403, 'access_denied', /not been granted scopes: delete:everything/u],
    [{ grant_type: 'authorization_code' }, 403, 'unauthorized_client', /Grant type 'authorization_code' not allowed/u],
    [{ grant_type: 'magic' }, 403, 'unsupported_grant_type', /Unsupported grant type: magic/u],
  ];
  for (const [fields, status, error, words] of cases) {
    const result = await token(stage, machine(fields));
    assert.deepEqual([result.status, result.body.error], [status, error], JSON.stringify(fields));
    assert.match(result.body.error_description, words);
  }
  const { body } = await token(stage, asTests({ grant_type: 'client_credentials' }));
  assert.match(body.error_description, /No audience parameter/u);
});

test('a client without a client grant is refused, and the tenant’s default audience is used', async (t) => {
  const none = await service(t, {
    edit: { 'tenant.yaml': (text) => text.replace(/clientGrants:[\s\S]*?\nroles:/u, 'roles:') },
  });
  assert.match((await token(none, machine())).body.error_description, /client-grant/u);
  const byDefault = await service(t, {
    edit: { 'tenant.yaml': (text) => text.replace('tenant:\n', `tenant:\n  default_audience: ${API}\n`) },
  });
  assert.equal((await token(byDefault, asTests({ grant_type: 'client_credentials' }))).claims.aud, API);
});

test('the password grant gives a person’s token to a test', async (t) => {
  const stage = await service(t);
  const { status, body, claims } = await token(stage, byPassword('ben'), { json: true });
  assert.equal(status, 200);
  assert.deepEqual(
    [claims.sub, claims.aud, claims.azp, claims.gty, claims.scope],
    ['auth0|ben', API, 'shop-tests', 'password', 'read:account create:checkout'],
  );
  assert.deepEqual(
    [claims['https://shop.example/email'], body.id_token, body.refresh_token],
    ['ben@example.test', undefined, undefined],
  );
});

test('the password grant with openid and offline_access gives all three tokens', async (t) => {
  const stage = await service(t);
  const { body, claims, id } = await token(
    stage,
    byPassword('ana', { scope: 'openid profile offline_access read:reports', username: 'ANA@example.test' }),
  );
  assert.deepEqual(claims.aud, [API, `${stage.issuer}userinfo`]);
  assert.deepEqual(
    [id.sub, id.name, id.email, id['https://shop.example/roles']],
    ['auth0|ana', 'Ana Lindqvist', undefined, ['customer', 'staff']],
  );
  assert.equal(typeof body.refresh_token, 'string');
});

test('the password grant without an audience gives an opaque token', async (t) => {
  const stage = await service(t);
  const { audience: _none, ...fields } = byPassword('ana');
  const { status, claims, id } = await token(stage, fields);
  assert.deepEqual([status, claims, id.email], [200, undefined, 'ana@example.test']);
});

test('the password-realm grant wants the tenant’s connection', async (t) => {
  const stage = await service(t);
  const ask = (realm) =>
    token(
      stage,
      byPassword('ana', { grant_type: 'http://auth0.com/oauth/grant-type/password-realm', ...(realm && { realm }) }),
    );
  assert.equal((await ask('Username-Password-Authentication')).claims.sub, 'auth0|ana');
  for (const realm of ['other', undefined]) assert.equal((await ask(realm)).body.error, 'invalid_request');
});

test('a wrong password and an unknown person get the same answer', async (t) => {
  const stage = await service(t);
  const wrong = await token(stage, byPassword('ana', { password: 'nope' }));
  const unknown = await token(stage, byPassword('zoe'));
  assert.deepEqual(
    [wrong.status, wrong.body],
    [403, { error: 'invalid_grant', error_description: 'Wrong email or password.' }],
  );
  assert.deepEqual([unknown.status, unknown.body], [wrong.status, wrong.body]);
  assert.equal(
    (await token(stage, byPassword('ana', { audience: 'https://nowhere.example' }))).body.error,
    'access_denied',
  );
});

test('the browser client may not use the password grant', async (t) => {
  const stage = await service(t);
  const { client_secret: _none, ...fields } = byPassword('ana', { client_id: 'shop-web' });
  assert.equal((await token(stage, fields)).body.error, 'unauthorized_client');
});

test('broken and oversized bodies are refused and the service goes on', async (t) => {
  const stage = await service(t);
  const send = (body, type) =>
    fetch(`${stage.issuer}oauth/token`, { method: 'POST', headers: { 'content-type': type }, body }).then(
      ({ status }) => status,
    );
  assert.equal(await send('{', 'application/json'), 400);
  assert.equal(await send('[1]', 'application/json'), 400);
  assert.equal(await send('{"grant_type":{"a":1}}', 'application/json'), 400);
  assert.equal(await send('null', 'application/json'), 400);
  assert.equal(await send('grant_type=password', 'text/plain'), 400);
  assert.equal(await send('', 'application/x-www-form-urlencoded'), 400);
  assert.equal(await send(JSON.stringify({ a: 'x'.repeat(100_000) }), 'application/json'), 413);
  assert.equal((await token(stage, machine())).status, 200);
});

test('the RFC 9068 dialects name the client by client_id and have a jti', async (t) => {
  const stage = await service(t, {
    edit: { 'tenant.yaml': (text) => text.replace('access_token_authz', 'rfc9068_profile_authz') },
  });
  const { body, claims } = await token(stage, byPassword('ana', { scope: 'openid email' }));
  assert.equal(decodeProtectedHeader(body.access_token).typ, 'at+jwt');
  assert.deepEqual([claims.client_id, typeof claims.jti, claims.azp, claims.gty], ['shop-tests', 'string', undefined, undefined]);
  assert.equal(claims.permissions.length, 4);
  const headers = { authorization: `Bearer ${body.access_token}` };
  const info = await (await fetch(`${stage.issuer}userinfo`, { headers })).json();
  assert.equal(info['https://shop.example/email'], 'ana@example.test');
});
