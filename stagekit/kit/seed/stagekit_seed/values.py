"""A cell as COPY's text format wants it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from . import moments

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Column:
    """`kind` is the type's name without its length, e.g. `timestamp with time zone`, `jsonb`, `text[]`."""

    name: str
    kind: str
    nullable: bool
    given: bool = False  # has a default or is an identity: a row may leave it out
    generated: bool = False
    always: bool = False  # an identity that Postgres lets nobody update

    @property
    def is_moment(self) -> bool:
        return self.kind.startswith("timestamp") and not self.kind.endswith("[]")


def written(cell: Any, column: Column, instant: datetime, *, typed: bool) -> str | None:
    """The cell as Postgres reads it, None for NULL. `typed`: it comes from Python or TOML, not from CSV.

    Raises ValueError with what is wrong.
    """
    if isinstance(cell, str):
        return _of_text(cell, column, instant, typed)
    if cell is None:
        return None
    if column.kind in ("json", "jsonb"):
        return _checked(json.dumps(cell, ensure_ascii=False, default=_jsonable))
    return _checked(_of_value(cell))


def line(cells: list[str | None]) -> str:
    """One row of COPY's text format."""
    return "\t".join(r"\N" if cell is None else cell.translate(_ESCAPES) for cell in cells) + "\n"


def _of_text(cell: str, column: Column, instant: datetime, typed: bool) -> str | None:
    if typed and column.kind in ("json", "jsonb"):
        return _checked(json.dumps(cell, ensure_ascii=False))
    if not cell and not typed and column.nullable:
        return None
    if (column.is_moment or column.kind == "date") and moments.WORDS.fullmatch(cell.strip()):
        moment = moments.at(instant, cell)
        return f"{moment.date()}" if column.kind == "date" else moment.isoformat()
    return _checked(cell)


def _checked(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character, which Postgres cannot keep in a text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"holds half a character (U+{ord(text[error.start]):04X})") from None
    return text


def _of_value(cell: Any) -> str:
    match cell:
        case Enum():
            return _of_value(cell.value)
        case bool():
            return "t" if cell else "f"
        case bytes() | bytearray():
            return f"\\x{cell.hex()}"
        case datetime():
            return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return f"{cell.days} days {cell.seconds} seconds {cell.microseconds} microseconds"
        case list() | tuple():
            return "{" + ",".join(_element(each) for each in cell) + "}"
        case str() | int() | float() | Decimal() | UUID():
            return str(cell)
    raise ValueError(f"is a {type(cell).__name__}, which no column takes")


def _element(cell: Any) -> str:
    """Of an array."""
    if cell is None:
        return "NULL"
    text = _of_value(cell)
    if isinstance(cell, list | tuple):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _jsonable(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return float(value)
        case UUID():
            return str(value)
        case Mapping():
            return dict(value)
    raise ValueError(f"holds a {type(value).__name__}, which JSON has no form for")
