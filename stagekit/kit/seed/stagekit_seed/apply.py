"""All layers that are not as they should be, in one transaction: the database has the old seed or the new one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from . import books, database, hashing, merge
from .catalogue import Catalogue, Db, Table
from .errors import SeedError
from .losses import Loss, Losses
from .manifest import Layer, Manifest
from .sources import Sources
from .staging import Staged, stage

TRIES = 3


@dataclass(frozen=True)
class Wish:
    """What a run is to do. `ask`: apply nothing where people would lose rows; `yes`: apply all the same."""

    layers: tuple[str, ...]
    instant: datetime
    scale: int
    ask: bool = False
    yes: bool = False


@dataclass
class Outcome:
    """What was done: rows by table for each applied layer, layers left as they are and why, layers that had all."""

    applied: dict[str, dict[str, int]] = field(default_factory=dict)
    left: list[Loss] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # left too, for they need one that is
    untouched: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    asked: bool = False  # nothing was applied, for somebody is to be asked first


class _Asked(Exception):
    """Rolls everything back."""


def apply(db: Db, manifest: Manifest, wish: Wish) -> Outcome:
    """Raises SeedError; the database is then as it was. Tried again when Postgres ends it for a deadlock."""
    for _ in range(TRIES - 1):
        try:
            return _Run(db, manifest, wish).go()
        except psycopg.errors.DeadlockDetected:
            continue
    return _Run(db, manifest, wish).go()


class _Run:
    def __init__(self, db: Db, manifest: Manifest, wish: Wish) -> None:
        self._db, self._manifest, self._wish = db, manifest, wish
        self._sources = Sources(list(manifest.layers), wish.instant, wish.scale)
        self._outcome = Outcome()

    def go(self) -> Outcome:
        try:
            with self._db.transaction():
                database.lock(self._db)
                books.make(self._db)
                self._all()
        except _Asked:
            self._outcome.applied.clear()
        return self._outcome

    def _all(self) -> None:
        self._revision = database.revision(self._db, self._manifest.revision)
        layers = self._manifest.with_needs(self._wish.layers)
        self._wanted = hashing.wanted(layers, self._wish.instant, self._wish.scale, self._revision)
        present = books.layers(self._db)
        for layer in layers:
            books.ask_for(self._db, layer.name, self._wanted[layer.name], self._wish.scale, self._wish.instant)
        batch = [
            layer
            for layer in layers
            if layer.name not in present or present[layer.name].hash != self._wanted[layer.name]
        ]
        self._outcome.untouched = [layer.name for layer in layers if layer not in batch]
        if not self._wish.layers:
            batch += [
                Layer(name, "", (), ()) for name in present if name not in {each.name for each in self._manifest.layers}
            ]
        while batch:
            left = self._try(batch)
            if not left:
                return
            batch = [layer for layer in batch if layer.name not in left]

    def _try(self, batch: list[Layer]) -> set[str]:
        """Apply these layers; or, where people would lose rows by it, nothing, and say which layers are to be left."""
        with self._db.transaction() as attempt:
            losses = self._batch(batch)
            if losses:
                self._outcome.left += losses
                losing = {loss.layer for loss in losses}
                left = _with_dependents(losing, batch)
                self._outcome.waiting += sorted(left - losing)
                raise psycopg.Rollback(attempt)
            return set()
        if self._wish.ask:
            self._outcome.asked = True
            raise _Asked
        return left

    def _batch(self, batch: list[Layer]) -> list[Loss]:
        db, names = self._db, [layer.name for layer in batch]
        catalogue = Catalogue(db)
        tables = self._tables(catalogue, batch)
        _lock_tables(db, catalogue, list(tables.values()))
        straight = self._empty(batch, tables)
        with ExitStack() as stack:
            stack.enter_context(merge.deferred(db, catalogue, list(tables.values())))
            staged: list[Staged] = []
            try:
                staged = self._stage(batch, tables, straight)
                merge.refuse_twins(db, staged)
                losses = Losses(db, catalogue, names, staged).find()
                if losses and not self._wish.yes:
                    stack.pop_all()
                    return losses
                dropped = merge.drop_moving(db, staged)
                self._change(catalogue, batch, staged)
                self._record(batch, staged)
                merge.raise_sequences(db, [*tables.values()])
                stack.close()
                for make in dropped:
                    db.execute(make.encode())
            except psycopg.IntegrityError as error:
                stack.pop_all()
                raise merge.broken(error, staged, self._sources) from error
        return []

    def _tables(self, catalogue: Catalogue, batch: Sequence[Layer]) -> dict[str, Table]:
        """By the manifest's name; those that only the book-keeping knows by their own."""
        found = {
            file.table: catalogue.named(file.table, f"manifest.toml, {file.path}")
            for layer in batch
            for file in layer.files
            if file.table
        }
        known = {table.oid for table in found.values()}
        for layer in batch:
            for sql in books.tables(self._db, layer.name):
                if (table := catalogue.recorded(sql)) and table.oid not in known:
                    found[sql] = table
        return found

    def _empty(self, batch: Sequence[Layer], tables: dict[str, Table]) -> set[int]:
        """Tables that one layer of the batch fills and that have no row: COPY goes straight into them."""
        fillers: dict[int, set[str]] = {}
        for layer in batch:
            for file in layer.files:
                if file.table:
                    fillers.setdefault(tables[file.table].oid, set()).add(layer.name)
        single = [table for table in tables.values() if len(fillers.get(table.oid, ())) == 1]
        return {table.oid for table in single if not _any(self._db, table)}

    def _stage(self, batch: Sequence[Layer], tables: dict[str, Table], straight: set[int]) -> list[Staged]:
        files = [(layer.name, file) for layer in batch for file in layer.files if file.table]
        staged = []
        for number, (layer, file) in enumerate(files):
            table = tables[file.table]
            copied = stage(
                self._db, number, layer, file, table, self._sources, self._wish.instant, straight=table.oid in straight
            )
            staged.append(copied)
        return staged

    def _change(self, catalogue: Catalogue, batch: Sequence[Layer], staged: list[Staged]) -> None:
        merge.remove_going(self._db, catalogue)
        by_file = {(each.layer, each.file): each for each in staged}
        for layer in batch:
            for file in layer.files:
                if not file.table:
                    merge.execute(self._db, file)
                elif (each := by_file[layer.name, file]).temporary and each.columns:
                    merge.merge(self._db, each)

    def _record(self, batch: Sequence[Layer], staged: Sequence[Staged]) -> None:
        for layer in batch:
            mine = [each for each in staged if each.layer == layer.name]
            known = layer.name in self._wanted
            books.forget(self._db, layer.name, wholly=not known)
            if not known:
                self._outcome.gone.append(layer.name)
                continue
            for table in {each.table.oid: each.table for each in mine}.values():
                keys = " UNION ALL ".join(each.keys for each in mine if each.table is table and each.temporary)
                books.record(self._db, layer.name, table, keys)
            books.note(self._db, layer.name, self._wanted[layer.name], self._revision)
            self._outcome.applied[layer.name] = _counts(self._db, layer.name, mine)


def _with_dependents(names: set[str], batch: Sequence[Layer]) -> set[str]:
    """These layers, and those of the batch that need them."""
    found = set(names)
    for layer in batch:  # in the manifest's order: what is needed comes before
        if found & set(layer.needs):
            found.add(layer.name)
    return found


def _lock_tables(db: Db, catalogue: Catalogue, tables: list[Table]) -> None:
    """Against writers, in one order, so that what is found stays so; readers go on."""
    oids = {table.oid for table in tables}
    while more := {fk.child for fk in catalogue.foreign_keys if fk.parent in oids} - oids:
        oids |= more
    names = sorted(catalogue.table(oid).sql for oid in oids)
    if names:
        try:
            db.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE".encode())
        except psycopg.errors.LockNotAvailable:
            raise SeedError(
                f"somebody has written to the tables for {database.LOCK_SECONDS} s in a transaction that does not end",
                next="end it (select * from pg_stat_activity where state = 'idle in transaction'), then seed again",
            ) from None


def _any(db: Db, table: Table) -> bool:
    row = db.execute(f"SELECT EXISTS (SELECT FROM {table.sql})".encode()).fetchone()
    return bool(row and row[0])


def _counts(db: Db, layer: str, staged: Sequence[Staged]) -> dict[str, int]:
    rows = db.execute("SELECT name, cardinality(keys) FROM stagekit_seed.tables WHERE layer = %s", (layer,)).fetchall()
    found: dict[str, int] = dict(rows)
    return {each.table.name: found[each.table.sql] for each in staged}
