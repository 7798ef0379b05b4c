"""The backend's database in tests: how its rows are read, and the purchase that is written to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from shop.billing.changes import Bought, Charged, Moved

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seed"
MAY = datetime(2026, 5, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
BOUGHT = Bought(
    "sub_1", "auth0|jon", "jon@example.test", "Jón '); DROP TABLE people;--", "house", "in_1", 1900, "eur", NOON
)
CHARGED = Charged("sub_1", "in_2", None, 1900, "eur", True, NOON + timedelta(days=31))
MOVED = Moved("sub_1", "auth0|jon", "house", "trialling", NOON, NOON + timedelta(days=14), None, NOON)


def rows(engine: Engine, table: str, order: str = "1") -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings()
        return [dict(row) for row in found]


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))
