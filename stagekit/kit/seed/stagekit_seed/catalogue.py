"""What the database says of its tables: columns, keys, and who refers to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from . import questions
from .errors import SeedError
from .values import Column

Db = Connection[tuple[Any, ...]]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """For a database with standard_conforming_strings, which a session of ours has."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Unique:
    """A unique index besides the primary key; `remake` is the SQL that drops it and the one that makes it again."""

    columns: tuple[str, ...]
    remake: tuple[str, str]


@dataclass(frozen=True)
class Table:
    """`sql` is the name as statements have it, `name` what a person calls it. `key` is empty without a primary key."""

    oid: int
    sql: str
    name: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    uniques: tuple[Unique, ...]

    def key_of(self, alias: str) -> str:
        """SQL of a row's key as text. A table without a primary key has its whole rows."""
        return self.row_of(alias, self.key or self.columns)

    def row_of(self, alias: str, columns: Iterable[str]) -> str:
        return f"ROW({', '.join(f'{alias}.{quoted(name)}' for name in columns)})::text"


@dataclass(frozen=True)
class ForeignKey:
    """`on_delete` is Postgres's letter: a(no action), r(estrict), c(ascade), n(ull), d(efault)."""

    name: str
    child: int
    child_sql: str
    columns: tuple[str, ...]
    parent: int
    parent_columns: tuple[str, ...]
    on_delete: str
    deferral: str  # what the constraint says of itself, to be put back

    def joined(self, child: str, parent: str) -> str:
        pairs = zip(self.columns, self.parent_columns, strict=True)
        return " AND ".join(f"{child}.{quoted(one)} = {parent}.{quoted(other)}" for one, other in pairs)


class Catalogue:
    """Asked once for each table. Names resolve as the database's own search path has it."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._tables: dict[int, Table] = {}
        self.foreign_keys = [ForeignKey(*row) for row in db.execute(questions.FOREIGN_KEYS)]

    def named(self, name: str, where: str) -> Table:
        """The table that the manifest calls so. Raises SeedError when it is not there or has no primary key."""
        words = ".".join(quoted(part) for part in name.split("."))
        row = self._db.execute("SELECT to_regclass(%s)::oid", (words,)).fetchone()
        if not row or row[0] is None:
            next = "correct the manifest, or migrate first"
            raise SeedError(f"the database has no table {name}", where=where, next=next)
        table = self.table(row[0])
        if not table.key:
            raise SeedError(
                f"the table {name} has no primary key, so a second seeding could not tell its rows",
                where=where,
                next="give it a primary key, or fill it from a .sql file",
            )
        return table

    def recorded(self, sql: str) -> Table | None:
        """The table that the book-keeping calls so; None once it is gone."""
        row = self._db.execute("SELECT to_regclass(%s)::oid", (sql,)).fetchone()
        return self.table(row[0]) if row and row[0] is not None else None

    def table(self, oid: int) -> Table:
        if oid not in self._tables:
            self._tables[oid] = self._read(oid)
        return self._tables[oid]

    def _read(self, oid: int) -> Table:
        name = self._db.execute(questions.NAME, (oid,)).fetchone()
        assert name
        columns = {row[0]: Column(*row) for row in self._db.execute(questions.COLUMNS, (oid,))}
        uniques, key = [], ()
        for is_key, members, drop, make in self._db.execute(questions.UNIQUES, (oid,)):
            if is_key:
                key = tuple(members)
            else:
                uniques.append(Unique(tuple(members), (drop, make)))
        return Table(oid, name[0], name[1], columns, key, tuple(uniques))
