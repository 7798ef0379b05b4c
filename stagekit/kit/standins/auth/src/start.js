import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';

import { loadActions } from './actions.js';
import { createApp } from './app.js';
import { loadKeys } from './keys.js';
import { loadPeople } from './people.js';
import { ConfigError } from './problems.js';
import { readSettings } from './settings.js';
import { Store } from './store.js';
import { loadTenant } from './tenant.js';

const DRAIN_MS = 8000;

/**
 * Starts the service and gives `{port, close}`; `close` answers what is in flight, then ends.
 * Throws a ConfigError when settings, files or the data directory are at fault.
 */
export async function start(env, log) {
  const settings = readSettings(env);
  const tenant = loadTenant(settings.tenantDir, env);
  const people = loadPeople(settings.tenantDir, env, tenant);
  const actions = loadActions(tenant.actions);
  const store = openStore(settings.dataDir, tenant);
  const keys = await loadKeys(store);
  const server = http.createServer(createApp({ settings, tenant, people, actions, store, keys, log }));
  server.listen(settings.port, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address();
  log.info('started', {
    issuer: settings.issuer,
    port,
    clients: tenant.clients.size,
    apis: tenant.apis.size,
    people: people.all.length,
  });
  return { port, close: () => close(server, store, log) };
}

function openStore(directory, tenant) {
  try {
    return new Store(directory, (clientId) => tenant.clients.get(clientId)?.refresh.leeway ?? 0);
  } catch (error) {
    throw new ConfigError([
      { file: path.join(directory, 'auth.sqlite'), message: `cannot be opened or written (${error.message})` },
    ]);
  }
}

async function close(server, store, log) {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(limit);
  store.close();
  log.info('stopped');
}
