import assert from 'node:assert/strict';
import test from 'node:test';

import { API, asTests, Browser, byPassword, exchange, refresh, service, signIn, token } from './helpers.js';

test('a refresh token is replaced each time it is used', async (t) => {
  const stage = await service(t);
  const { body: first } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const second = await refresh(stage, first.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.body.refresh_token, first.refresh_token);
  assert.deepEqual([second.claims.aud[0], second.claims['https://shop.example/roles']], [API, ['customer', 'staff']]);
  assert.equal(second.id.sub, 'auth0|ana');
  assert.equal((await refresh(stage, second.body.refresh_token)).status, 200);
});

test('an old refresh token used again ends the whole family', async (t) => {
  const stage = await service(t);
  const { body: first } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const { body: second } = await refresh(stage, first.refresh_token);
  const reused = await refresh(stage, first.refresh_token);
  assert.deepEqual(
    [reused.status, reused.body],
    [403, { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' }],
  );
  assert.equal((await refresh(stage, second.refresh_token)).status, 403);
});

test('reuse in one family leaves another of the same session alone', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { body: one } = await exchange(stage, await signIn(stage, browser, 'ana'));
  const { body: other } = await exchange(stage, await signIn(stage, browser, 'ana'));
  await refresh(stage, one.refresh_token);
  assert.equal((await refresh(stage, one.refresh_token)).status, 403);
  assert.equal((await refresh(stage, other.refresh_token)).status, 200);
});

test('of many uses at once only one refresh token comes out', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const results = await Promise.all(Array.from({ length: 8 }, () => refresh(stage, body.refresh_token)));
  assert.ok(results.filter(({ status }) => status === 200).length <= 1);
});

test('within the tenant’s leeway a rotated refresh token works again', async (t) => {
  const stage = await service(t, { edit: { 'tenant.yaml': (text) => text.replace('leeway: 0', 'leeway: 30') } });
  const { body: first } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const { body: second } = await refresh(stage, first.refresh_token);
  assert.equal((await refresh(stage, first.refresh_token)).status, 200);
  assert.equal((await refresh(stage, second.refresh_token)).status, 200);
});

test('a refresh token serves its own client only', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const stolen = await token(stage, asTests({ grant_type: 'refresh_token', refresh_token: body.refresh_token }));
  assert.deepEqual([stolen.status, stolen.body.error], [403, 'invalid_grant']);
  assert.equal((await refresh(stage, 'never-issued')).body.error_description, 'Unknown or invalid refresh token.');
});

test('a smaller scope can be asked for at a refresh', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  const { claims } = await refresh(stage, body.refresh_token, { scope: 'openid read:reports' });
  assert.equal(claims.scope, 'openid read:reports');
});

test('there is no refresh token without offline_access, nor from an API that forbids it', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana', { scope: 'openid read:account' }));
  assert.equal(body.refresh_token, undefined);
  const strict = await service(t, {
    edit: { 'tenant.yaml': (text) => text.replace('allow_offline_access: true', 'allow_offline_access: false') },
  });
  assert.equal((await exchange(strict, await signIn(strict, new Browser(), 'ana'))).body.refresh_token, undefined);
});

test('a revoked refresh token is over, and revoking answers 200 for unknown ones', async (t) => {
  const stage = await service(t);
  const { body } = await exchange(stage, await signIn(stage, new Browser(), 'ana'));
  for (const json of [true, false]) {
    const { status } = await token(
      stage,
      { client_id: 'shop-web', token: json ? body.refresh_token : 'unknown' },
      { json, path: 'oauth/revoke' },
    );
    assert.equal(status, 200);
  }
  assert.equal((await refresh(stage, body.refresh_token)).status, 403);
});

test('keys, sessions and refresh tokens outlive a restart', async (t) => {
  const stage = await service(t);
  const browser = new Browser();
  const { body } = await exchange(stage, await signIn(stage, browser, 'ana'));
  const keysOf = async () => (await (await fetch(`${stage.issuer}.well-known/jwks.json`)).json()).keys;
  const before = await keysOf();
  await stage.restart();
  const after = await keysOf();
  assert.deepEqual(after, before);
  assert.deepEqual([after.length, after[0].d, after[0].alg, after[0].use], [1, undefined, 'RS256', 'sig']);
  assert.equal((await refresh(stage, body.refresh_token)).status, 200);
  assert.ok((await signIn(stage, browser, 'ana', { prompt: 'none' })).query.code);
});

test('a refresh token of the password grant rotates by its client’s setting', async (t) => {
  const stage = await service(t);
  const { body } = await token(stage, byPassword('ana', { scope: 'openid offline_access read:account' }));
  const again = await token(stage, asTests({ grant_type: 'refresh_token', refresh_token: body.refresh_token }));
  assert.deepEqual([again.status, again.claims.gty, again.body.refresh_token], [200, 'password', body.refresh_token]);
});
