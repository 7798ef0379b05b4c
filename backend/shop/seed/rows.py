"""Turn the files' lines into the tables' rows. Pure: same files and same first of the month, same rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop.seed.instant import at
from shop.seed.manifest import Layer, Row, SeedError

CURRENCY, INTERVAL = "eur", "month"
Rows = dict[str, list[Row]]


def rows_of(layers: list[Layer], first: datetime) -> dict[str, Rows]:
    """Each layer's rows by table. A later layer may name what an earlier one holds. Raises SeedError."""
    lines = {name: _lines(layers, name) for name in ("plans", "subscriptions")}
    return {layer.name: _layer_rows(layer, lines, first) for layer in layers}


def _lines(layers: list[Layer], table: str) -> dict[str, Row]:
    files = (file for layer in layers for file in layer.files if file.table == table)
    return {line["id"]: line for file in files for line in file.rows()}


def _layer_rows(layer: Layer, known: dict[str, dict[str, Row]], first: datetime) -> Rows:
    rows: Rows = {}
    for file in layer.files:
        for number, line in enumerate(file.rows()):
            try:
                row = _row(file.table, number, line, known, first)
            except (KeyError, ValueError) as error:
                raise SeedError(f"{file.path}, row {number + 1}: {error!r}") from error
            rows.setdefault(file.table, []).append(row)
    return rows


def _row(table: str, number: int, line: Row, known: dict[str, dict[str, Row]], first: datetime) -> Row:
    match table:
        case "plans":
            return {"currency": CURRENCY, "interval": INTERVAL, "position": number, **line}
        case "subscriptions":
            return _subscription(line, first)
        case "payments":
            return _payment(line, known, first)
        case "reports":
            return {"id": line["id"], "created_at": at(first, line["created_at"])}
    return dict(line)


def _subscription(line: Row, first: datetime) -> Row:
    times = {name: at(first, line[name]) for name in ("since", "renews_at", "ended_at")}
    return {**line, **times, "changed_at": times["ended_at"] or times["since"]}


def _payment(line: Row, known: dict[str, dict[str, Row]], first: datetime) -> Row:
    subscription = known["subscriptions"][line["subscription"]]
    plan: dict[str, Any] = known["plans"][subscription["plan"]]
    return {
        "id": line["id"],
        "person": subscription["person"],
        "subscription": subscription["id"],
        "plan": plan["id"],
        "receipt_number": int(line["receipt_number"]),
        "description": f"{plan['name']}, one {INTERVAL} of tea",
        "amount_cents": plan["price_cents"],
        "currency": CURRENCY,
        "status": line["status"],
        "paid_at": at(first, line["paid_at"]),
    }
