"""What the loader keeps in the database of its own: which layers are applied, and which rows are the seed's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from .catalogue import Db, Table, literal

_MAKE = """
CREATE SCHEMA IF NOT EXISTS stagekit_seed;
CREATE TABLE IF NOT EXISTS stagekit_seed.layers (
    name text PRIMARY KEY, hash text, wanted text NOT NULL, scale int NOT NULL, instant date NOT NULL,
    revision text, rows bigint, applied_at timestamptz);
CREATE TABLE IF NOT EXISTS stagekit_seed.tables (
    layer text, name text, columns text[] NOT NULL, keys text[] NOT NULL, digests bigint[] NOT NULL,
    PRIMARY KEY (layer, name));
COMMENT ON SCHEMA stagekit_seed IS 'Which seed layers are applied, and which rows are theirs; kept by the seed loader';
"""


@dataclass(frozen=True)
class Applied:
    """A layer's line. `hash` is what is applied, None for nothing; `wanted`, `scale`, `instant` were asked for last."""

    name: str
    hash: str | None
    wanted: str
    scale: int
    instant: date
    revision: str | None
    rows: int | None
    applied_at: datetime | None


def make(db: Db) -> None:
    """The schema and its tables, where they are not there."""
    row = db.execute("SELECT to_regclass('stagekit_seed.tables') IS NULL").fetchone()
    if row and row[0]:
        db.execute(_MAKE)


def layers(db: Db) -> dict[str, Applied]:
    try:
        with db.transaction():
            rows = db.execute(
                "SELECT name, hash, wanted, scale, instant, revision, rows, applied_at FROM stagekit_seed.layers"
            )
            return {row[0]: Applied(*row) for row in rows}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return {}


def tables(db: Db, layer: str) -> dict[str, list[str]]:
    """The columns that were recorded of each table that the layer has rows in, by the table's SQL name."""
    query = "SELECT name, columns FROM stagekit_seed.tables WHERE layer = %s ORDER BY name"
    return dict(db.execute(query, (layer,)).fetchall())


def ask_for(db: Db, layer: str, wanted: str, scale: int, instant: datetime) -> None:
    """Note what was asked for. Nothing is written where that is noted already."""
    db.execute(
        """INSERT INTO stagekit_seed.layers AS l (name, wanted, scale, instant) VALUES (%(n)s, %(w)s, %(s)s, %(i)s)
        ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted, scale = excluded.scale, instant = excluded.instant
        WHERE (l.wanted, l.scale, l.instant) IS DISTINCT FROM (excluded.wanted, excluded.scale, excluded.instant)""",
        {"n": layer, "w": wanted, "s": scale, "i": instant.date()},
    )


def note(db: Db, layer: str, digest: str, revision: str | None) -> None:
    """The layer is applied as this hash; its rows are what `record` was told."""
    db.execute(
        """UPDATE stagekit_seed.layers SET hash = %s, revision = %s, applied_at = now(), rows =
           (SELECT coalesce(sum(cardinality(keys)), 0) FROM stagekit_seed.tables WHERE layer = %s) WHERE name = %s""",
        (digest, revision, layer, layer),
    )


def forget(db: Db, layer: str, *, wholly: bool = False) -> None:
    """Its rows are recorded anew after this; wholly: there is no such layer any more."""
    db.execute("DELETE FROM stagekit_seed.tables WHERE layer = %s", (layer,))
    if wholly:
        db.execute("DELETE FROM stagekit_seed.layers WHERE name = %s", (layer,))


def record(db: Db, layer: str, table: Table, keys: str = "") -> None:
    """The table's rows as they are now are the layer's: all, or those whose key the query `keys` gives."""
    columns = [name for name, column in table.columns.items() if not column.generated]
    names = ", ".join(literal(name) for name in columns)
    where = f"WHERE {table.key_of('t')} IN ({keys})" if keys else ""
    db.execute(
        f"""INSERT INTO stagekit_seed.tables (layer, name, columns, keys, digests)
        SELECT {literal(layer)}, {literal(table.sql)}, ARRAY[{names}]::text[],
               coalesce(array_agg(key ORDER BY key COLLATE "C"), '{{}}'),
               coalesce(array_agg(digest ORDER BY key COLLATE "C"), '{{}}')
        FROM (SELECT {table.key_of("t")} AS key, {digest_of(table, "t", columns)} AS digest
              FROM {table.sql} t {where}) rows""".encode()
    )


def digest_of(table: Table, alias: str, columns: list[str]) -> str:
    """SQL of a row's digest over these columns."""
    return f"hashtextextended({table.row_of(alias, columns)}, 0)"


def known(table: Table, layer: str, columns: list[str]) -> str:
    """A query: the layer's rows that are still there, as (layer, key, place, edited).

    A row whose recorded columns are not all there any more cannot be told from an edited one, and counts as not edited:
    a migration has changed it.
    """
    gone = any(name not in table.columns for name in columns)
    edited = "false" if gone else f"{digest_of(table, 't', columns)} <> b.digest"
    return f"""SELECT {literal(layer)}::text AS layer, b.key, t.ctid AS place, {edited} AS edited
        FROM (SELECT unnest(keys) AS key, unnest(digests) AS digest FROM stagekit_seed.tables
              WHERE layer = {literal(layer)} AND name = {literal(table.sql)}) b
        JOIN {table.sql} t ON {table.key_of("t")} = b.key"""


def elsewhere(db: Db, table: Table, keys: str, batch: list[str]) -> tuple[str, str] | None:
    """A key of the query `keys` that a layer outside of the batch has too, with that layer's name."""
    layers = ", ".join(literal(name) for name in batch)
    row = db.execute(
        f"""SELECT b.layer, b.key FROM (SELECT layer, unnest(keys) AS key FROM stagekit_seed.tables
        WHERE name = {literal(table.sql)} AND layer NOT IN ({layers})) b WHERE b.key IN ({keys}) LIMIT 1""".encode()
    ).fetchone()
    return (row[0], row[1]) if row else None
