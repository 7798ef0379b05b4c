import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  API,
  APP,
  Browser,
  byPassword,
  exchange,
  freePort,
  service,
  signIn,
  temporary,
  tenantFolder,
  token,
} from './helpers.js';

const SERVER = fileURLToPath(new URL('../server.js', import.meta.url));

/** Runs the real program; `lines` are its log lines so far. */
async function program(t, env, edit) {
  const port = await freePort();
  const settings = {
    ISSUER: `http://127.0.0.1:${port}/`,
    PORT: String(port),
    APP_URL: APP,
    DATA_DIR: temporary(t, 'data'),
    TENANT_DIR: tenantFolder(t, edit),
    ...env,
  };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER], { env: settings });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return {
    child,
    settings,
    lines: () =>
      output
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

async function refusal(t, env, edit) {
  const { child, lines } = await program(t, env, edit);
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  return lines().map(
    ({ event, file, key, message }) =>
      `${event}: ${[file && path.basename(file), key].filter(Boolean).join(' ')}: ${message}`,
  );
}

const change = (file, from, to) => ({ [file]: (text) => text.replace(from, to) });

test('a bad tenant file stops the start with file and key', async (t) => {
  const cases = [
    [change('tenant.yaml', 'name: shop-web', 'nome: shop-web'), /tenant\.yaml clients\[0\]\.name: is missing/u],
    [
      change('tenant.yaml', '"##APP_URL##/callback"', '7'),
      /tenant\.yaml clients\[0\]\.callbacks\[0\]: must be a text/u,
    ],
    [
      change('tenant.yaml', '"##APP_URL##/callback"', '"https://*.example.com"'),
      /callbacks\[0\]: wildcards are not supported/u,
    ],
    [
      change('tenant.yaml', '##APP_URL##/callback', '##NOT_SET##/callback'),
      /tenant\.yaml line \d+: ##NOT_SET## has no value: set NOT_SET/u,
    ],
    [
      change('tenant.yaml', 'permission_name: read:reports', 'permission_name: read:everything'),
      /roles\[1\]\.permissions\[0\]\.permission_name: read:everything is no scope of/u,
    ],
    [
      change('tenant.yaml', 'audience: https://api.shop.example', 'audience: https://other.example'),
      /clientGrants\[0\]\.audience: names no API/u,
    ],
    [
      change('tenant.yaml', 'action_name: Add shop claims', 'action_name: Other'),
      /triggers\.post-login\[0\]\.action_name: names no action: Other/u,
    ],
    [
      change('tenant.yaml', './actions/add-shop-claims.js', './actions/gone.js'),
      /actions\[0\]\.code: .*cannot be read/u,
    ],
    [
      change('tenant.yaml', 'token_lifetime: 86400', 'token_lifetime: soon'),
      /resourceServers\[0\]\.token_lifetime: must be a whole number/u,
    ],
    [
      change('tenant.yaml', 'signing_alg: RS256', 'signing_alg: HS256'),
      /resourceServers\[0\]\.signing_alg: must be one of RS256/u,
    ],
    [change('tenant.yaml', 'clients:\n', 'clients: [\n'), /tenant\.yaml line \d+, column \d+: /u],
    [
      change('people.yaml', 'roles: [customer, staff]', 'roles: [boss]'),
      /people\.yaml people\[0\]\.roles: names no role of tenant\.yaml: boss/u,
    ],
    [
      change('people.yaml', 'email: ben@example.test', 'email: ANA@example.test'),
      /people\[1\]\.email: email "ana@example\.test" is there twice/u,
    ],
    [change('people.yaml', 'shop-tests: shop-tests-secret', ''), /client_secrets\.shop-tests: is missing/u],
    [change('people.yaml', 'password: Staging-1234', ''), /people\[0\]\.password: is missing/u],
    [change('people.yaml', /[\s\S]*/u, '- a list'), /people\.yaml: must be a YAML mapping/u],
    [
      change('actions/add-shop-claims.js', 'exports.', 'exports.('),
      /add-shop-claims\.js: the Action Add shop claims does not load/u,
    ],
    [change('actions/add-shop-claims.js', 'onExecutePostLogin', 'other'), /exports no onExecutePostLogin/u],
  ];
  await Promise.all(cases.map(async ([edit, words]) => assert.match((await refusal(t, {}, edit)).join('\n'), words)));
});

test('every problem of a file is named at once', async (t) => {
  const edit = {
    'tenant.yaml': (text) =>
      text
        .replace('signing_alg: RS256', 'signing_alg: none')
        .replace('name: shop-web', 'name: ""')
        .replace('leeway: 0', 'leeway: -1'),
  };
  assert.equal((await refusal(t, {}, edit)).length >= 3, true);
});

test('missing files, settings and a data directory that cannot be written stop the start', async (t) => {
  const empty = temporary(t, 'empty');
  assert.match((await refusal(t, { TENANT_DIR: empty })).join(), /tenant\.yaml: cannot be read \(ENOENT\)/u);
  assert.match(
    (await refusal(t, { ISSUER: 'http://auth.localhost:8642' })).join(),
    /ISSUER: must be an address that ends in a slash/u,
  );
  assert.match((await refusal(t, { ISSUER: '', PORT: 'x' })).join(), /ISSUER.*PORT/u);
  assert.match(
    (await refusal(t, { APP_URL: undefined, APP_URL_FILE: '/nowhere' })).join(),
    /APP_URL_FILE: \/nowhere cannot be read \(ENOENT\)/u,
  );
  const file = path.join(temporary(t, 'broken'), 'auth.sqlite');
  writeFileSync(file, 'this is no database at all, '.repeat(100));
  assert.match(
    (await refusal(t, { DATA_DIR: path.dirname(file) })).join(),
    /auth\.sqlite: cannot be opened or written/u,
  );
  rmSync(file);
  chmodSync(path.dirname(file), 0o500);
  if (process.getuid() !== 0)
    assert.match((await refusal(t, { DATA_DIR: path.dirname(file) })).join(), /cannot be opened or written/u);
});

test('SIGTERM ends the program with 0, and its log says so', async (t) => {
  const { child, settings, lines } = await program(t);
  while (
    !(await fetch(`${settings.ISSUER}health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  );
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  assert.deepEqual([code, lines().at(-1).event], [0, 'stopped']);
});

test('keywords take text and JSON from the environment or a file it names, and comments keep theirs', async (t) => {
  const file = path.join(temporary(t, 'secret'), 'secret');
  writeFileSync(file, 'from-a-file\n');
  const stage = await service(t, {
    env: { TESTS_SECRET_FILE: file, NAME: 'Ana "A" Lindqvist' },
    edit: {
      'people.yaml': (text) =>
        `# ##NEVER_SET##\n${text.replace('shop-tests-secret', '"##TESTS_SECRET##"').replace('name: Ana Lindqvist', 'name: @@NAME@@')}`,
    },
  });
  const { claims } = await token(stage, byPassword('ana', { client_secret: 'from-a-file' }));
  assert.equal(claims['https://shop.example/name'], 'Ana "A" Lindqvist');
});

test('an Action can refuse a sign-in, and one that breaks refuses it too', async (t) => {
  const body = (code) => ({
    'actions/add-shop-claims.js': () => `exports.onExecutePostLogin = async (event, api) => { ${code} };`,
  });
  const denying = await service(t, {
    edit: body("if (event.user.email.startsWith('ben')) api.access.deny('Ben is away');"),
  });
  const denied = await signIn(denying, new Browser(), 'ben');
  assert.deepEqual([denied.query.error, denied.query.error_description], ['access_denied', 'Ben is away']);
  assert.ok((await signIn(denying, new Browser(), 'ana')).query.code);
  const refused = await token(denying, byPassword('ben'));
  assert.deepEqual([refused.status, refused.body], [403, { error: 'access_denied', error_description: 'Ben is away' }]);
  const broken = await service(t, { edit: body("throw new Error('oh');") });
  assert.equal((await signIn(broken, new Browser(), 'ana')).query.error, 'access_denied');
  const greedy = await service(t, {
    edit: body(
      "for (const name of ['sub', 'aud', 'scope', 'permissions']) { api.accessToken.setCustomClaim(name, 'x'); api.idToken.setCustomClaim(name, 'x'); }",
    ),
  });
  const { claims, id } = await exchange(greedy, await signIn(greedy, new Browser(), 'ben'));
  assert.deepEqual(
    [claims.sub, claims.aud[0], claims.permissions.length, id.sub, id.aud],
    ['auth0|ben', API, 2, 'auth0|ben', 'shop-web'],
  );
});

test('a person who was removed must sign in again', async (t) => {
  const edit = change('people.yaml', 'name: Ana Lindqvist', 'name: Ana Lindqvist');
  const stage = await service(t, { edit });
  const browser = new Browser();
  await signIn(stage, browser, 'ana');
  writeFileSync(
    path.join(stage.settings.TENANT_DIR, 'people.yaml'),
    'password: x\nclient_secrets: {shop-tests: s}\npeople: [{id: new, name: New, email: new@example.test, roles: [customer]}]\n',
  );
  await stage.restart();
  const { page, query } = await signIn(stage, browser, 'new');
  assert.match(page.text, /Continue as New/u);
  assert.ok(query.code);
});
