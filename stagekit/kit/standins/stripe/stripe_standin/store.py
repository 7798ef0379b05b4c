"""The kept objects: one SQLite file, one writer, one transaction per decision."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL UNIQUE, queue TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (queue, seq) WHERE delivered = 0;
CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, at REAL NOT NULL);
"""
_PAGE = 200


class Store:
    """All of it happens on the event loop's thread, and no method waits in between: nothing interleaves."""

    def __init__(self, path: Path | str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute("PRAGMA cache_size = -1000")
        self.db.executescript(_SCHEMA)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside it, reads see what was just written."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def prove_writable(self, now: float) -> None:
        """Raises sqlite3.Error when the file cannot be written, e.g. on a full disk."""
        self.db.execute("INSERT INTO probe VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (now,))

    def put(self, thing: Json) -> None:
        """Keeps an object under its id; an object kept before keeps its place in lists."""
        self.db.execute(
            "INSERT INTO objects (id, kind, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (thing["id"], thing["object"], json.dumps(thing)),
        )

    def get(self, wanted: str, kind: str = "") -> Json | None:
        row = self.db.execute("SELECT kind, data FROM objects WHERE id = ?", (wanted,)).fetchone()
        return json.loads(row[1]) if row and kind in ("", row[0]) else None

    def newest(self, kind: str) -> Iterator[Json]:
        """Every object of a kind, newest first, read in pages so that a caller may stop early."""
        below = 2**62
        while rows := self._page(kind, below):
            below = rows[-1][0]
            yield from (json.loads(data) for _, data in rows)

    def _page(self, kind: str, below: int) -> list[tuple[int, str]]:
        found = self.db.execute(
            "SELECT seq, data FROM objects WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (kind, below, _PAGE),
        )
        return found.fetchall()

    def outdated_sessions(self, now: int) -> list[Json]:
        """Open checkout sessions whose time is over."""
        rows = self.db.execute(
            "SELECT data FROM objects WHERE kind = 'checkout.session' AND data ->> 'status' = 'open'"
            " AND data ->> 'expires_at' <= ?",
            (now,),
        )
        return [json.loads(data) for (data,) in rows.fetchall()]

    def reply(self, key: str) -> tuple[str, str] | None:
        """What an idempotency key was first used for, and the answer it got."""
        row: tuple[str, str] | None = self.db.execute(
            "SELECT request, body FROM replies WHERE key = ?", (key,)
        ).fetchone()
        return row

    def keep_reply(self, key: str, request: str, body: str, now: int) -> None:
        """Keys are forgotten after a day, as Stripe does."""
        self.db.execute("DELETE FROM replies WHERE created < ?", (now - 86400,))
        self.db.execute("INSERT INTO replies VALUES (?, ?, ?, ?)", (key, request, body, now))

    def forget_everything(self) -> None:
        """Objects, replies and deliveries. Call it inside a transaction."""
        for table in ("objects", "replies", "deliveries"):
            self.db.execute(f"DELETE FROM {table}")

    def forget_old_events(self, now: int) -> None:
        """Delivered events older than 30 days: Stripe's own limit, and it keeps the file small."""
        self.db.execute(
            "DELETE FROM objects WHERE kind = 'event' AND data ->> 'created' < ? AND id NOT IN"
            " (SELECT event FROM deliveries WHERE delivered = 0)",
            (now - 30 * 86400,),
        )
        self.db.execute("DELETE FROM deliveries WHERE event NOT IN (SELECT id FROM objects WHERE kind = 'event')")
