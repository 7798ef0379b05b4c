"""Write the layers: each in one transaction, and only when its fingerprint is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from shop.database import figures
from shop.database.tables import metadata, seed_layers
from shop.migrate import LOCK
from shop.seed.manifest import Layer, Row, fingerprint
from shop.seed.rows import Rows, rows_of

# Rows of the seed carry this in their id, so rows that a changed seed no longer names can be told from people's own.
MARK = "%\\_seed\\_%"
ROWS_A_STATEMENT = 500


def load(engine: Engine, layers: list[Layer], first: datetime, schema: str) -> list[str]:
    """Apply what is new and say for each layer what was done, in a person's words."""
    rows = rows_of(layers, first)
    said = []
    for layer in layers:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK + 1})
            said.append(_load(connection, layer, rows[layer.name], first, fingerprint(layer, first, schema)))
    return said


def _load(connection: Connection, layer: Layer, rows: Rows, first: datetime, digest: str) -> str:
    known = select(seed_layers.c.hash).where(seed_layers.c.name == layer.name)
    if connection.execute(known).scalar_one_or_none() == digest:
        return f"{layer.name}: there already, nothing to do"
    for table in reversed(rows):
        _drop_unnamed(connection, metadata.tables[table], rows[table])
    for table in rows:
        _write(connection, metadata.tables[table], rows[table])
    _note(connection, layer.name, digest, first)
    return f"{layer.name}: {', '.join(f'{len(each)} {table}' for table, each in rows.items())}"


def _write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if table.name == "reports":
        for row in rows:
            figures.write(connection, figures.whole_report(connection, row["id"], row["created_at"]), None)
        return
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        _upsert(connection, table, list(rows[start : start + ROWS_A_STATEMENT]))


def _upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    row = insert(table).values(rows)
    key = [column.name for column in table.primary_key]
    rest = {name: row.excluded[name] for name in rows[0] if name not in key}
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=rest))


def _drop_unnamed(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if table.name not in ("subscriptions", "payments", "reports"):
        return
    kept = [row["id"] for row in rows]
    connection.execute(delete(table).where(table.c.id.like(MARK), table.c.id.not_in(kept)))


def _note(connection: Connection, name: str, digest: str, first: datetime) -> None:
    row = insert(seed_layers).values(name=name, hash=digest, instant=first)
    told = {"hash": digest, "instant": first, "applied_at": func.now()}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=told))
