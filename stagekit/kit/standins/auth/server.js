import process from 'node:process';

import { createLog } from './src/log.js';
import { ConfigError } from './src/problems.js';
import { start } from './src/start.js';

process.umask(0o077);
const log = createLog();

try {
  const service = await start(process.env, log);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => service.close().then(() => process.exit(0)));
} catch (error) {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) log.error('cannot start', problem);
  } else {
    log.error('cannot start', { message: error.message, stack: error.stack });
  }
  process.exit(1);
}
