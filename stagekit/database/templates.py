"""The databases that stagekit keeps beside a stage's own, in the same Postgres: frozen, cloned, swapped in, dropped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.database import failure, scripts, sql
from stagekit.database.names import Names
from stagekit.database.postgres import Seeded, postgres_of
from stagekit.database.session import PATIENCE, Answer, Session
from stagekit.database.shelf import Note, Template, read_templates
from stagekit.database.snapshot import is_name
from stagekit.doors.client import EngineGone
from stagekit.doors.engine import EngineDoor
from stagekit.errors import DatabaseError
from stagekit.release.record import Kept
from stagekit.stage import observe


@dataclass(frozen=True)
class Templates:
    """Those of one stage. Whatever goes wrong, the app's database is the old one or the new one, whole.

    engine  one that waits as long as it takes
    clock   seconds
    Raises DatabaseError.
    """

    engine: EngineDoor
    model: Model
    database: Database
    clock: Callable[[], float] = time.monotonic

    @property
    def names(self) -> Names:
        """What they are called."""
        return Names(self.database.name)

    def all(self) -> tuple[Template, ...]:
        """Those that are kept, oldest use first."""
        return read_templates(self._run("list", sql.LIST, p=self.names.prefix).words)

    def of_seed(self, key: str) -> Template | None:
        """That of a seed, if it is kept."""
        return next((one for one in self.all() if one.database == self.names.seed(key)), None)

    def snapshots(self) -> tuple[Template, ...]:
        """Those that people made, oldest first."""
        return tuple(sorted((one for one in self.all() if one.note.kind == "snapshot"), key=lambda one: one.note.made))

    def snapshot(self, name: str) -> Template | None:
        """The one that a person has called this."""
        return next((one for one in self.snapshots() if one.note.name == name), None)

    def put_back(self, source: Template, now: str) -> float:
        """A clone of this one becomes the app's database, under its clients; returns the seconds it took.

        What it replaced is there until `tidy`: dropping it takes as long as the clone.
        """
        began = self.clock()
        note = source.note.model_copy(update={"used": now})
        self._exchange(sql.RESET, s=source.database, c=note.model_dump_json())
        return self.clock() - began

    def place(self) -> None:
        """What was begun, and is filled, becomes the app's database, under its clients."""
        self._exchange(sql.PLACE)

    def keep(self, name: str, now: str, revision: str) -> Kept:
        """A copy of the app's database as it is, frozen under a name; those who are connected are asked to leave."""
        if not is_name(name):
            raise failure.bad_name(name)
        began = self.clock()
        note = Note(kind="snapshot", name=name, made=now, used=now, revision=revision)
        target = self.names.snapshot(name)
        said = self._session().run(sql.KEEP, self._values(s=self.database.name, t=target, c=note.model_dump_json()))
        if said.words[:1] == ("disk",):
            raise failure.disk_full(name, "the snapshot", scripts.SPARE)
        if said.words[:1] == ("taken",):
            raise failure.taken(name)
        if not said.whole:
            raise failure.take_failed(name, said.text)
        made = self.snapshot(name)
        if made is None:
            raise failure.take_failed(name, "it is not there")
        return Kept(name=name, at=now, size=made.size, revision=revision, seconds=round(self.clock() - began, 1))

    def begin(self) -> str:
        """An empty database like the app's, to be filled and then frozen; returns its name. What a killed one left is
        gone."""
        self._run("begin", sql.BEGIN, **self._values())
        return self.names.new

    def freeze(self, seeded: Seeded, now: str, revision: str) -> Template:
        """What was begun, and is filled, is a template from now on."""
        note = Note(kind="seed", key=seeded.key, made=now, used=now, revision=revision, scale=seeded.scale)
        self._run("freeze", sql.FREEZE, **self._values(t=self.names.seed(seeded.key), c=note.model_dump_json()))
        found = self.of_seed(seeded.key)
        if found is None:
            raise failure.no_template("it is not there")
        return found

    def drop(self, template: Template) -> None:
        """It is gone for good."""
        self._run("drop", sql.DROP, t=template.database)

    def tidy(self) -> None:
        """Drops what was begun or replaced, if that can be; else the next command does."""
        with contextlib.suppress(DatabaseError, EngineGone):
            self._run("drop", sql.ALONE, **self._values())

    def seeded(self, name: str = "") -> Seeded | None:
        """What the seed has noted in a database, the app's own if none is named; None where it has noted nothing."""
        seen = observe(self.engine, self.model.project)
        postgres = postgres_of(self.engine, self.model, seen)
        if postgres is None:
            raise failure.away(self.database.service)
        return postgres.seeded(name)

    def _exchange(self, text: str, **values: str) -> None:
        said = self._session().run(text, self._values(**values))
        if said.words[:1] == ("disk",):
            raise failure.disk_full(self.database.name, "a second database beside", scripts.SPARE)
        if not said.whole:
            raise failure.not_swapped(said.text)

    def _run(self, what: str, text: str, **values: str) -> Answer:
        said = self._session().run(text, values)
        if not said.whole:
            raise failure.refused(what, said.text)
        return said

    def _values(self, **more: str) -> Mapping[str, str]:
        return {"d": self.database.name, "n": self.names.new, "o": self.names.old, **more}

    def _session(self) -> Session:
        seen = observe(self.engine, self.model.project)
        container = next((c.name for c in seen.of(self.database.service) if c.status == "running"), "")
        if not container:
            raise failure.away(self.database.service)
        return Session(self.engine, container, self.database, scripts.SPARE)


def templates_of(model: Model, host: str) -> Templates | None:
    """Those of a stage whose engine has this address; None where the project names no database."""
    database = model.block.database
    return Templates(EngineDoor(host, timeout=PATIENCE), model, database) if database else None
