"""Copies of a stage's database, in a volume at the engine where the database runs.

A helper container of the database's own image makes and reads them there: nothing travels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.database import failure, scripts
from stagekit.database.postgres import postgres_of
from stagekit.database.snapshot import archive_moment, is_name, read_kept
from stagekit.database.templates import templates_of
from stagekit.doors.engine import EngineDoor
from stagekit.doors.helper import HelperDoor, HelperFailed, Said, Task
from stagekit.release.record import Kept
from stagekit.stage import observe

PASSWORD = ("POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE")


@dataclass(frozen=True)
class Vault:
    """The copies of one stage. Raises DatabaseError.

    clock  seconds
    """

    engine: EngineDoor
    helper: HelperDoor
    model: Model
    database: Database
    clock: Callable[[], float] = time.monotonic

    def take(self, name: str, *, refuse: bool = False) -> Kept:
        """Makes a copy of the database as it is.

        refuse  whether it is an error that there is a copy of this name; else the new one gets a number behind it
        """
        if not is_name(name):
            raise failure.bad_name(name)
        began = self.clock()
        given = (name, *self._where(), self.revision(), str(scripts.SPARE), "refuse" if refuse else "number")
        said = self._run(scripts.TAKE, *given, alone="take")
        if said.code == scripts.DISK:
            raise failure.disk_full(name, "the snapshot", scripts.SPARE)
        if said.code == scripts.TAKEN:
            raise failure.taken(name)
        if said.code:
            raise failure.take_failed(name, said.err or said.out)
        return read_kept(said.out)[0].model_copy(update={"seconds": round(self.clock() - began, 1)})

    def all(self) -> tuple[Kept, ...]:
        """Those that are kept, oldest first."""
        return read_kept(self._done(scripts.LIST).out)

    def remove(self, names: Iterable[str]) -> None:
        """Removes copies."""
        self._done(scripts.REMOVE, *names)

    def forget(self, names: Iterable[str]) -> None:
        """Removes the copies of releases, with those that their earlier tries left."""
        self._done(scripts.REMOVE_ALL, *names)

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """A copy, as a stream."""
        with self.helper.reading(self._task(), f"{scripts.FOLDER}/{name}.dump") as content:
            yield content

    def bring(self, name: str, content: IO[bytes], size: int) -> str:
        """Takes a copy from outside in; returns the moment that it shows, or nothing where that cannot be told."""
        try:
            self.helper.write(self._task(), scripts.FOLDER, f"{name}.dump", content, size)
        except HelperFailed as refused:
            raise failure.no_archive("the file", refused.text) from None
        said = self._run(scripts.LOOK, name)
        if said.code:
            self.remove([name])
        if said.code == scripts.NEWER:
            raise failure.newer("the file", said.out)
        if said.code:
            raise failure.no_archive("the file", said.err or said.out)
        return archive_moment(said.out)

    def restore(self, name: str) -> None:
        """Makes a copy the database. Whatever goes wrong, the old data is there."""
        templates = templates_of(self.model, self.engine.host)
        assert templates
        new = templates.begin()
        try:
            said = self._run(scripts.FILL, name, *self._where(), new, str(scripts.SPARE), alone="restore")
            if said.code == scripts.DISK:
                raise failure.disk_full(name, "a second database beside the one that runs, to restore", scripts.SPARE)
            if said.code == scripts.NEWER:
                raise failure.newer(name, said.out)
            if said.code:
                raise failure.restore_failed(name, said.err or said.out)
        except BaseException:
            templates.tidy()
            raise
        templates.place()

    def clear(self) -> None:
        """Ends what a deployer that was killed has left at work on a database that is being made."""
        self.helper.remove(f"{self.model.project}-stagekit-restore")

    def revision(self) -> str:
        """The revision of the database's schema; empty where it cannot be told."""
        seen = observe(self.engine, self.model.project)
        postgres = postgres_of(self.engine, self.model, seen)
        if postgres is None or self.model.block.migrations is None:
            return ""
        return " ".join((postgres.look(self.model.block.migrations.revision).revision or "").split())

    def _where(self) -> tuple[str, str]:
        return self.database.user, self.database.name

    def _done(self, script: str, *words: str) -> Said:
        said = self._run(script, *words)
        if said.code:
            raise failure.unreadable(said.err or said.out)
        return said

    def _run(self, script: str, *words: str, alone: str = "") -> Said:
        """alone  a word for what only one does at a time: what a killed deployer left of it is ended first"""
        try:
            return self.helper.run(self._task("-c", script, "snapshots", *words, alone=alone))
        except HelperFailed as refused:
            return Said(1, "", refused.text)

    def _task(self, *words: str, alone: str = "") -> Task:
        """A helper beside the database's container, which must run."""
        seen = observe(self.engine, self.model.project)
        found = next((c for c in seen.of(self.database.service) if c.status == "running"), None)
        if found is None:
            raise failure.away(self.database.service)
        environment = {k: v for k, v in self.helper.environment(found.name).items() if k in PASSWORD}
        return Task(
            found.image_id,
            words,
            name=f"{self.model.project}-stagekit-{alone}" if alone else "",
            environment=environment,
            network=f"container:{found.name}",
            volumes={f"{self.model.project}_stagekit-snapshots": scripts.FOLDER},
            like=found.name if PASSWORD[1] in environment else "",
            user="0",
            program="sh",
        )


def vault_of(model: Model, engine: EngineDoor) -> Vault | None:
    """That of a stage; None where the project names no database."""
    database = model.block.database
    return Vault(engine, HelperDoor(engine.host), model, database) if database else None
