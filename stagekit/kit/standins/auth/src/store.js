import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { errors } from 'oidc-provider';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS model (
    kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, consumed INTEGER, expires INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS model_grant ON model (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS model_uid ON model (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS model_expires ON model (expires);
  CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
const PRUNE_EVERY_MS = 3600_000;

/** Sessions, grants, tokens and signing keys in one SQLite file, so that they outlive the process. */
export class Store {
  #db;
  #timer;
  #leewayOf;

  /** `leewayOf(clientId)`: seconds during which a rotated refresh token may be used again. */
  constructor(directory, leewayOf = () => 0) {
    mkdirSync(directory, { recursive: true });
    this.#db = new DatabaseSync(path.join(directory, 'auth.sqlite'));
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    this.#db.exec(SCHEMA);
    this.#leewayOf = leewayOf;
    this.#prune();
    this.#timer = setInterval(() => this.#prune(), PRUNE_EVERY_MS).unref();
  }

  /** The stored secret value of that name, made once by `make` and kept. */
  async secret(name, make) {
    const row = this.#db.prepare('SELECT value FROM secret WHERE name = ?').get(name);
    if (row) return JSON.parse(row.value);
    const value = await make();
    this.#db.prepare('INSERT INTO secret (name, value) VALUES (?, ?)').run(name, JSON.stringify(value));
    return value;
  }

  /** The adapter that oidc-provider wants for one kind of model. */
  adapter(kind) {
    return {
      upsert: async (id, payload, seconds) => this.#upsert(kind, id, payload, seconds),
      find: async (id) => this.#read(this.#db.prepare('SELECT * FROM model WHERE kind = ? AND id = ?').get(kind, id)),
      findByUid: async (uid) =>
        this.#read(this.#db.prepare('SELECT * FROM model WHERE kind = ? AND uid = ?').get(kind, uid)),
      findByUserCode: async () => undefined,
      consume: async (id) => this.#consume(kind, id),
      destroy: async (id) => this.#run('DELETE FROM model WHERE kind = ? AND id = ?', kind, id),
      revokeByGrantId: async (grantId) => this.#run('DELETE FROM model WHERE kind = ? AND grant_id = ?', kind, grantId),
    };
  }

  close() {
    clearInterval(this.#timer);
    this.#db.close();
  }

  #upsert(kind, id, payload, seconds) {
    this.#run(
      'INSERT OR REPLACE INTO model (kind, id, payload, grant_id, uid, expires) VALUES (?, ?, ?, ?, ?, ?)',
      kind,
      id,
      JSON.stringify(payload),
      payload.grantId ?? null,
      payload.uid ?? null,
      now() + seconds,
    );
  }

  /** Atomic, so that of two callers with one code or refresh token only one goes on. */
  #consume(kind, id) {
    const row = this.#db.prepare('SELECT * FROM model WHERE kind = ? AND id = ?').get(kind, id);
    if (row?.consumed && this.#withinLeeway(row, JSON.parse(row.payload))) return;
    const { changes } = this.#run(
      'UPDATE model SET consumed = ? WHERE kind = ? AND id = ? AND consumed IS NULL',
      now(),
      kind,
      id,
    );
    if (!changes)
      throw new errors.InvalidGrant(
        kind === 'RefreshToken' ? 'refresh token already used' : 'authorization code already consumed',
      );
  }

  #read(row) {
    if (!row || row.expires <= now()) return undefined;
    const payload = JSON.parse(row.payload);
    return row.consumed && !this.#withinLeeway(row, payload) ? { ...payload, consumed: row.consumed } : payload;
  }

  #withinLeeway(row, payload) {
    return row.kind === 'RefreshToken' && now() - row.consumed < this.#leewayOf(payload.clientId);
  }

  #prune() {
    this.#run('DELETE FROM model WHERE expires <= ?', now());
  }

  #run(sql, ...values) {
    return this.#db.prepare(sql).run(...values);
  }
}

function now() {
  return Math.floor(Date.now() / 1000);
}
