"""Rows into the database by COPY: into a temporary table like the real one, or straight into an empty one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NoReturn

import psycopg

from . import values
from .catalogue import Db, Table, quoted
from .errors import SeedError
from .manifest import File
from .sources import Row, Sources, place
from .values import Column

NUMBER = quoted("stagekit row")
_BLOCK = 1 << 16
_CONTEXT = re.compile(r"line (\d+)(?:, column ([^:]+))?")


@dataclass(frozen=True)
class Staged:
    """A file's rows in the database. `temporary` names their own table; empty: they are in the real one already."""

    layer: str
    file: File
    table: Table
    columns: tuple[str, ...]
    temporary: str

    @property
    def keys(self) -> str:
        """A query for the rows' keys."""
        return f"SELECT {self.table.key_of('s')} FROM {self.temporary} s"


def columns_of(table: Table, file: File, sources: Sources) -> tuple[str, ...]:
    """The columns that the file names, known to the table and enough for a row of it. Raises SeedError."""
    named = sources.columns(file)
    where = place(file, 1) if file.kind == ".csv" else file.path
    known = [name for name, column in table.columns.items() if not column.generated]
    for name in named:
        if name not in table.columns:
            raise SeedError(
                f"the table {table.name} has no column {name}", where=where, next=f"there are {', '.join(known)}"
            )
        if table.columns[name].generated:
            raise SeedError(
                f"the column {name} of {table.name} is generated", where=where, next="leave it out: Postgres fills it"
            )
    missing = [
        name
        for name, column in table.columns.items()
        if name not in named and (name in table.key or not (column.nullable or column.given or column.generated))
    ]
    if named and missing:
        why = "its key" if missing[0] in table.key else "which may not be empty"
        raise SeedError(
            f"no value for the column {missing[0]} of {table.name}, {why}", where=where, next="add the column"
        )
    return tuple(named)


def stage(
    db: Db, number: int, layer: str, file: File, table: Table, sources: Sources, instant: datetime, *, straight: bool
) -> Staged:
    """Copy the file's rows. Raises SeedError for the first that the table refuses, with its line and column."""
    columns = columns_of(table, file, sources)
    if straight and columns:
        copy(db, table.sql, columns, file, table, sources, instant)
        return Staged(layer, file, table, columns, "")
    temporary = f"pg_temp.stagekit_rows_{number}"
    db.execute(f"CREATE TEMP TABLE stagekit_rows_{number} (LIKE {table.sql} INCLUDING CONSTRAINTS) ON COMMIT DROP")
    free = [name for name, column in table.columns.items() if name not in columns and not column.nullable]
    for name in free:
        db.execute(f"ALTER TABLE {temporary} ALTER COLUMN {quoted(name)} DROP NOT NULL".encode())
    db.execute(f"ALTER TABLE {temporary} ADD COLUMN {NUMBER} bigint".encode())
    if columns:
        copy(db, temporary, columns, file, table, sources, instant, numbered=True)
        db.execute(f"ANALYZE {temporary}")
    return Staged(layer, file, table, columns, temporary)


def copy(
    db: Db,
    target: str,
    columns: tuple[str, ...],
    file: File,
    table: Table,
    sources: Sources,
    instant: datetime,
    numbered: bool = False,
) -> None:
    names = [*map(quoted, columns), *([NUMBER] if numbered else [])]
    lines = _lines(file, [table.columns[name] for name in columns], sources, instant, numbered)
    try:
        with db.cursor().copy(f"COPY {target} ({', '.join(names)}) FROM STDIN".encode()) as copy:
            block: list[str] = []
            size = 0
            for text in lines:
                block.append(text)
                size += len(text)
                if size >= _BLOCK:
                    copy.write("".join(block))
                    block, size = [], 0
            copy.write("".join(block))
    except psycopg.Error as error:
        refused(error, file, table, sources)


def _lines(file: File, columns: list[Column], sources: Sources, instant: datetime, numbered: bool) -> Iterator[str]:
    typed, names = file.kind != ".csv", {column.name for column in columns}
    for number, row in enumerate(sources.rows(file), 1):
        if unknown := [name for name in row.cells if name not in names]:
            raise SeedError(
                f"names the column {unknown[0]}, which the first row does not",
                where=place(file, row.place),
                next="name the same columns in every row; None is NULL",
            )
        cells = [_cell(file, row, column, instant, typed) for column in columns]
        yield values.line([*cells, str(number)] if numbered else cells)


def _cell(file: File, row: Row, column: Column, instant: datetime, typed: bool) -> str | None:
    try:
        return values.written(row.cells.get(column.name), column, instant, typed=typed)
    except ValueError as error:
        where = f"{place(file, row.place)}, column {column.name}"
        raise SeedError(str(error), where=where, next="correct the value") from None


def refused(error: psycopg.Error, file: File, table: Table, sources: Sources) -> NoReturn:
    """Postgres's refusal of a row that was copied, with the row's own place. Raises SeedError."""
    found = _CONTEXT.search(error.diag.context or "")
    if not found or not isinstance(error, psycopg.DataError | psycopg.IntegrityError | psycopg.NotSupportedError):
        raise error
    row = next(islice(sources.rows(file), int(found[1]) - 1, None), None)
    where = place(file, row.place if row else int(found[1]))
    column = error.diag.column_name or found[2]
    said = error.diag.message_primary or str(error)
    detail = (error.diag.message_detail or "").split("\n")[0]
    if isinstance(error, psycopg.IntegrityError) and error.diag.sqlstate == "23505" and detail:
        said = f"{said}. {detail}"
    if column and not isinstance(error, psycopg.errors.CheckViolation):
        where = f"{where}, column {column}"
    said = re.sub(r'relation "stagekit_rows_\d+"', f"table {table.name}", said)
    raise SeedError(said, where=where, next="correct the row; nothing was loaded") from error
