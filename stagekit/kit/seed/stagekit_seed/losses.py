"""What applying layers would take away from people: found before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import books
from .catalogue import Catalogue, Db, ForeignKey, Table, literal, quoted
from .errors import SeedError
from .staging import Staged

SHOWN = 5
EDITED, MADE, HANGING, IN_THE_WAY, LOOSENED = "edited", "made", "hanging", "in the way", "loosened"
_WORDS = {
    EDITED: "{rows} edited since it was seeded and would be lost as it is now",
    MADE: "{rows} made by somebody, and the seed has one of the same key",
    HANGING: "{rows} would go, for it hangs on a row that the seed no longer names",
    IN_THE_WAY: "{rows} would go, for the seed needs a value that it has and that is unique",
    LOOSENED: "{rows} would lose what it refers to, for the seed no longer names it",
}


@dataclass(frozen=True)
class Loss:
    """Rows of one table that would go or change, because of one layer, for one reason; `keys` are the first few."""

    layer: str
    table: str
    why: str
    count: int
    keys: tuple[str, ...]

    def words(self) -> str:
        rows = f"{self.count} {'row' if self.count == 1 else 'rows'} of {self.table}"
        more = ", …" if self.count > len(self.keys) else ""
        text = _WORDS[self.why].format(rows=rows)
        if self.count > 1:
            text = text.replace(" it ", " they ").replace(" hangs ", " hang ").replace("they was", "they were")
            text = text.replace("they has", "they have").replace("as they is", "as they are")
        return f"{text}: {', '.join(key[1:-1] for key in self.keys)}{more}"


class Losses:
    """Temporary tables of the transaction: what is known of each table, and what is going."""

    def __init__(self, db: Db, catalogue: Catalogue, batch: Sequence[str], staged: Sequence[Staged]) -> None:
        self._db, self._catalogue, self._batch = db, catalogue, list(batch)
        self._staged = [each for each in staged if each.temporary]
        self._tables: dict[int, Table] = {}

    def find(self) -> list[Loss]:
        """Prepares `going` for `merge` too. Raises SeedError when another layer's rows are concerned."""
        columns = "tab oid, place tid, key text, layer text, why text, depth int"
        self._db.execute(f"CREATE TEMP TABLE stagekit_going ({columns}) ON COMMIT DROP".encode())
        self._prepare()
        for table in self._tables.values():
            self._unnamed(table)
        for each in self._staged:
            self._in_the_way(each)
        losses = self._hanging()
        return [*self._going(), *losses, *(loss for each in self._staged for loss in self._overwritten(each))]

    def _prepare(self) -> None:
        recorded: dict[int, list[str]] = {}
        for layer in self._batch:
            for sql, columns in books.tables(self._db, layer).items():
                if table := self._catalogue.recorded(sql):
                    self._tables[table.oid] = table
                    recorded.setdefault(table.oid, []).append(books.known(table, layer, columns))
        for each in self._staged:
            self._tables[each.table.oid] = each.table
        nothing = "SELECT ''::text AS layer, ''::text AS key, NULL::tid AS place, false AS edited WHERE false"
        for oid, table in self._tables.items():
            query = " UNION ALL ".join(recorded.get(oid, [nothing]))
            self._temporary(f"stagekit_known_{oid}", query)
            union = [f"SELECT key FROM ({each.keys}) k(key)" for each in self._staged if each.table.oid == oid]
            self._temporary(f"stagekit_keys_{oid}", " UNION ALL ".join(union) or "SELECT ''::text AS key WHERE false")
            if found := books.elsewhere(self._db, table, f"SELECT key FROM stagekit_keys_{oid}", self._batch):
                raise SeedError(
                    f"a row of {table.name} belongs to the layer {found[0]} already: {found[1]}",
                    next="name a row in one layer only, or seed both layers",
                )

    def _temporary(self, name: str, query: str) -> None:
        self._db.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}".encode())
        self._db.execute(f"CREATE INDEX ON {name} (md5(key)); ANALYZE {name}")

    def _unnamed(self, table: Table) -> None:
        """Rows of the seed that it names no longer."""
        self._db.execute(
            f"""INSERT INTO stagekit_going SELECT {table.oid}, k.place, k.key, k.layer,
            CASE WHEN k.edited THEN '{EDITED}' ELSE '' END, 0
            FROM stagekit_known_{table.oid} k WHERE NOT EXISTS (
            SELECT FROM stagekit_keys_{table.oid} s WHERE md5(s.key) = md5(k.key) AND s.key = k.key)"""
        )

    def _in_the_way(self, each: Staged) -> None:
        """Rows that are not the seed's and have a unique value that the seed gives to another row."""
        for unique in each.table.uniques:
            if not set(unique.columns) <= set(each.columns):
                continue
            same = " AND ".join(f"s.{name} = t.{name}" for name in map(quoted, unique.columns))
            key = each.table.key_of("t")
            oid = each.table.oid
            self._db.execute(
                f"""INSERT INTO stagekit_going
                SELECT {oid}, t.ctid, {key}, {literal(each.layer)}, '{IN_THE_WAY}', 0
                FROM {each.temporary} s JOIN {each.table.sql} t ON {same}
                WHERE {key} <> {each.table.key_of("s")} AND {key} NOT IN (SELECT key FROM stagekit_keys_{oid})
                AND t.ctid NOT IN (SELECT place FROM stagekit_going WHERE tab = {oid})""".encode()
            )

    def _hanging(self) -> list[Loss]:
        """Goes from each row that is going to those that refer to it, and on from these."""
        loosened: list[Loss] = []
        depth = 1
        while True:
            going = {row[0] for row in self._db.execute("SELECT DISTINCT tab FROM stagekit_going")}
            found = 0
            for fk in self._catalogue.foreign_keys:
                if fk.parent not in going:
                    continue
                if fk.on_delete in "nd":
                    loosened += self._loosened(fk) if depth == 1 else []
                else:
                    found += self._drawn(fk, depth)
            if not found:
                return loosened
            depth += 1

    def _drawn(self, fk: ForeignKey, depth: int) -> int:
        """Rows that a deletion takes with it; one that the seed names stays, unless the database itself cascades."""
        child = self._catalogue.table(fk.child)
        key, seeded = child.key_of("c"), child.oid in self._tables
        staged = f"{key} IN (SELECT key FROM stagekit_keys_{child.oid})" if seeded else "false"
        spared = "true" if fk.on_delete == "c" else f"NOT {staged}"
        known = f"{key} IN (SELECT key FROM stagekit_known_{child.oid})" if seeded else "false"
        done = self._db.execute(
            f"""INSERT INTO stagekit_going SELECT DISTINCT ON (c.ctid) {child.oid}, c.ctid, {key}, g.layer,
            CASE WHEN {staged} OR {known} THEN '' ELSE '{HANGING}' END, {depth}
            {self._referring(fk, child)} AND {spared}
            AND NOT EXISTS (SELECT FROM stagekit_going x WHERE x.tab = {child.oid} AND x.place = c.ctid)""".encode()
        )
        if done.rowcount:
            self._only_ours(child)
        return done.rowcount

    def _only_ours(self, child: Table) -> None:
        query = f"SELECT key FROM stagekit_going WHERE tab = {child.oid}"
        if found := books.elsewhere(self._db, child, query, self._batch):
            raise SeedError(
                f"a row of {child.name} in the layer {found[0]} hangs on one that is no longer named: {found[1]}",
                next=f"change both files, and seed the layer {found[0]} too",
            )

    def _loosened(self, fk: ForeignKey) -> list[Loss]:
        child = self._catalogue.table(fk.child)
        key = child.key_of("c")
        spared = f"AND {key} NOT IN (SELECT key FROM stagekit_keys_{child.oid})" if child.oid in self._tables else ""
        ours = f"AND {key} NOT IN (SELECT key FROM stagekit_known_{child.oid})" if child.oid in self._tables else ""
        query = f"SELECT g.layer, {key} AS key {self._referring(fk, child)} {spared} {ours}"
        return self._counted(child, LOOSENED, query)

    def _referring(self, fk: ForeignKey, child: Table) -> str:
        parent = self._catalogue.table(fk.parent)
        return f"""FROM {child.sql} c JOIN {parent.sql} p ON {fk.joined("c", "p")}
            JOIN stagekit_going g ON g.tab = {parent.oid} AND g.place = p.ctid WHERE true"""

    def _going(self) -> list[Loss]:
        rows = self._db.execute("SELECT DISTINCT tab, why FROM stagekit_going WHERE why <> '' ORDER BY 1, 2").fetchall()
        losses = []
        for oid, why in rows:
            query = f"SELECT layer, key FROM stagekit_going WHERE tab = {oid} AND why = '{why}'"
            losses += self._counted(self._catalogue.table(oid), why, query)
        return losses

    def _overwritten(self, each: Staged) -> list[Loss]:
        """Rows that the seed would change, though somebody has changed or made them."""
        table, oid = each.table, each.table.oid
        query = f"""SELECT {literal(each.layer)} AS layer, {table.key_of("t")} AS key FROM {each.temporary} s
            JOIN {table.sql} t ON {" AND ".join(f"s.{n} = t.{n}" for n in map(quoted, table.key))}
            LEFT JOIN stagekit_known_{oid} k ON md5(k.key) = md5({table.key_of("t")}) AND k.key = {table.key_of("t")}
            WHERE {table.row_of("t", each.columns)} IS DISTINCT FROM {table.row_of("s", each.columns)} AND """
        edited = self._counted(table, EDITED, query + "k.edited")
        return [*edited, *self._counted(table, MADE, query + "k.key IS NULL")]

    def _counted(self, table: Table, why: str, query: str) -> list[Loss]:
        found = self._db.execute(
            f"""SELECT layer, count(*), (array_agg(key ORDER BY key))[1:{SHOWN}] FROM ({query}) q
            GROUP BY layer ORDER BY layer""".encode()
        )
        return [Loss(layer, table.name, why, count, tuple(keys)) for layer, count, keys in found]
