"""Make the tables what was staged: what is going goes, new rows come, rows that differ change; no other is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from . import questions
from .catalogue import Catalogue, Db, Table, quoted
from .errors import SeedError
from .manifest import File
from .sources import Sources, place
from .staging import NUMBER, Staged

_DETAIL = re.compile(
    r"Key \((.*?)\)=\((.*)\) (is not present|already exists|is duplicated|is still referenced)", re.DOTALL
)


@contextmanager
def deferred(db: Db, catalogue: Catalogue, tables: Sequence[Table]) -> Iterator[None]:
    """Within, foreign keys of these tables are not looked at; at its end all of them are. So circles can be loaded."""
    oids = {table.oid for table in tables}
    mine = [fk for fk in catalogue.foreign_keys if fk.child in oids or fk.parent in oids]
    changed = [fk for fk in mine if fk.deferral == "NOT DEFERRABLE"]
    for fk in changed:
        _alter(db, fk.child_sql, fk.name, "DEFERRABLE INITIALLY DEFERRED")
    db.execute("SET CONSTRAINTS ALL DEFERRED")
    yield
    db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for fk in changed:
        _alter(db, fk.child_sql, fk.name, fk.deferral)


def _alter(db: Db, table: str, name: str, deferral: str) -> None:
    db.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {quoted(name)} {deferral}".encode())


def refuse_twins(db: Db, staged: Sequence[Staged]) -> None:
    """Two rows of one key, in one file or in two. Raises SeedError with the place of the second."""
    for oid in {each.table.oid for each in staged if each.temporary}:
        mine = [each for each in staged if each.table.oid == oid and each.temporary]
        table = mine[0].table
        rows = " UNION ALL ".join(
            f"SELECT {position} AS file, {NUMBER} AS number, {table.key_of('s')} AS key FROM {each.temporary} s"
            for position, each in enumerate(mine)
        )
        twin = db.execute(
            f"""SELECT file, number, key FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY file, number)
            AS nth FROM ({rows}) r) n WHERE nth = 2 ORDER BY file, number LIMIT 1""".encode()
        ).fetchone()
        if twin:
            raise SeedError(
                f"{table.name} has a row of this key already: {twin[2][1:-1]}",
                where=f"{mine[twin[0]].file.path}, row {twin[1]}",
                next="keep one of the two; nothing was loaded",
            )


def remove_going(db: Db, catalogue: Catalogue) -> None:
    """Rows that refer to others go before these: a deletion may change what refers to it, and so move it."""
    going = {row[0] for row in db.execute("SELECT DISTINCT tab FROM stagekit_going")}
    for table in (catalogue.table(oid) for oid in _children_first(going, catalogue)):
        same = f"{table.key_of('t')} = g.key" if table.key else "t.ctid = g.place"
        db.execute(f"DELETE FROM {table.sql} t USING stagekit_going g WHERE g.tab = {table.oid} AND {same}".encode())


def _children_first(oids: set[int], catalogue: Catalogue) -> list[int]:
    """In a circle one of them comes first, whichever."""
    ordered: list[int] = []
    left = set(oids)
    while left:
        parents = {fk.parent for fk in catalogue.foreign_keys if fk.child in left and fk.child != fk.parent}
        free = sorted(left - parents) or [min(left)]
        ordered += free
        left -= set(free)
    return ordered


def merge(db: Db, each: Staged) -> None:
    """The file's rows into their table; a row that is as it should be is not written."""
    names = ", ".join(map(quoted, each.columns))
    rest = [name for name in each.columns if name not in each.table.key and not each.table.columns[name].always]
    update = "NOTHING"
    if rest:
        changes = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in rest)
        differs = f"{each.table.row_of('t', rest)} IS DISTINCT FROM {each.table.row_of('excluded', rest)}"
        update = f"UPDATE SET {changes} WHERE {differs}"
    key = ", ".join(map(quoted, each.table.key))
    db.execute(
        f"""INSERT INTO {each.table.sql} AS t ({names}) OVERRIDING SYSTEM VALUE
        SELECT {names} FROM {each.temporary} ORDER BY {NUMBER} ON CONFLICT ({key}) DO {update}""".encode()
    )


def drop_moving(db: Db, staged: Sequence[Staged]) -> list[str]:
    """Drop unique indexes of which one row takes over another's value; gives the SQL that makes them again.

    Postgres neither drops nor makes one while foreign keys of the table are still to be looked at.
    """
    remade: dict[str, str] = {}
    for each in staged:
        for unique in each.table.uniques:
            if set(unique.columns) <= set(each.columns) and each.temporary and _moves(db, each, unique.columns):
                remade[unique.remake[0]] = unique.remake[1]
    for drop in remade:
        db.execute(drop.encode())
    return list(remade.values())


def _moves(db: Db, each: Staged, columns: Sequence[str]) -> bool:
    same = " AND ".join(f"s.{name} = t.{name}" for name in map(quoted, columns))
    row = db.execute(
        f"""SELECT EXISTS (SELECT FROM {each.temporary} s JOIN {each.table.sql} t ON {same}
        WHERE {each.table.key_of("s")} <> {each.table.key_of("t")})""".encode()
    ).fetchone()
    return bool(row and row[0])


def raise_sequences(db: Db, tables: Sequence[Table]) -> None:
    """A sequence that a column owns or defaults to goes on after the column's greatest value. It never goes back."""
    for table in tables:
        for column, sequence in db.execute(questions.SEQUENCES, (table.oid,) * 3).fetchall():
            db.execute(
                f"""SELECT setval('{sequence.replace("'", "''")}', m.top) FROM
                (SELECT max({quoted(column)})::bigint AS top FROM {table.sql}) m, {sequence} q
                WHERE m.top > q.last_value OR (m.top = q.last_value AND NOT q.is_called)""".encode()
            )


def execute(db: Db, file: File) -> None:
    """A file of SQL, in the transaction of all the rest. Raises SeedError with the line that Postgres refuses."""
    text = file.content().decode("utf-8-sig")
    if found := re.search(r"^\s*(begin|commit|rollback|end|start transaction|savepoint)\b[^;]*;", text, re.I | re.M):
        line = text[: found.start(1)].count("\n") + 1
        next = "leave it out: the loader has one transaction for all layers"
        raise SeedError(f"`{found[1].lower()}` has no place in a seed", where=place(file, line), next=next)
    try:
        db.execute(text.encode())
    except psycopg.Error as error:
        position = int(error.diag.statement_position or 0)
        where = place(file, text[:position].count("\n") + 1) if position else file.path
        detail = f". {error.diag.message_detail}" if error.diag.message_detail else ""
        raise SeedError(
            f"{error.diag.message_primary or error}{detail}", where=where, next="correct the SQL; nothing was loaded"
        ) from error


def broken(error: psycopg.IntegrityError, staged: Sequence[Staged], sources: Sources) -> SeedError:
    """A foreign key or a unique value that does not hold, with the row that it came from where that can be told."""
    said = f"{error.diag.message_primary or error}. {error.diag.message_detail or ''}".strip()
    found = _DETAIL.match(error.diag.message_detail or "")
    where = ""
    if found and found[3] != "is still referenced":
        names = [name.strip('"') for name in found[1].split(", ")]
        mine = [each for each in staged if each.table.name.rpartition(".")[2] == error.diag.table_name]
        where = next((spot for each in mine if (spot := _search(each, names, found[2], sources))), "")
    elif found:
        said = f"{said} The seed no longer has that row"
    return SeedError(said, where=where, next="correct the rows; nothing was loaded")


def _search(each: Staged, names: list[str], values: str, sources: Sources) -> str:
    """The place of the last row with these values, which is the second where there are two."""
    spot = ""
    if set(names) <= set(each.columns):
        for row in sources.rows(each.file):
            if ", ".join(str(row.cells.get(name)) for name in names) == values:
                spot = place(each.file, row.place)
    return f"{spot}, column {', '.join(names)}" if spot else ""
