"""What the verbs about a stage's database share: the stage here or at its host, and the copies of its database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect, engine_of
from stagekit.cli.look import place_of
from stagekit.cli.place import Place, open_compose, read_model
from stagekit.cli.promoting import state_at, who
from stagekit.cli.turns import in_turn
from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.database import failure
from stagekit.database.snapshot import Copy, automatic
from stagekit.database.templates import Templates, templates_of
from stagekit.database.vault import Vault, vault_of
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.release.record import Kept
from stagekit.report.database import kept_line
from stagekit.seed.loader import one_offs
from stagekit.switching import claims
from stagekit.switching.failure import locked
from stagekit.switching.releases import Ledger, read_ledger


@dataclass(frozen=True)
class AtDatabase:
    """A stage whose database is meant, with its engine's doors open.

    folder  what its host keeps; None for the stage of this machine
    """

    place: Place
    model: Model
    compose: ComposeDoor
    vault: Vault
    folder: HostFolder | None

    @property
    def stage(self) -> str:
        """Its name."""
        return self.place.settings.stage

    @property
    def database(self) -> Database:
        """Where its database is."""
        return self.vault.database

    @property
    def templates(self) -> Templates:
        """The databases that are kept beside it."""
        found = templates_of(self.model, self.vault.engine.host)
        assert found
        return found

    def ledger(self) -> Ledger:
        """The releases of the stage; none on this machine."""
        return read_ledger(self.folder) if self.folder else Ledger()

    @contextmanager
    def alone(self, verb: str, *, changes: bool = False) -> Iterator[None]:
        """Keeps switches of the stage away meanwhile, and other verbs about its data.

        Raises ReleaseError where a switch is under way.

        verb     what is done, for those who wait
        changes  whether what people see changes: then also where somebody else has claimed the stage
        """
        if self.folder is None:
            with in_turn(self.place, verb):
                yield
            return
        try:
            with self.folder.locked():
                if changes:
                    claims.refuse_others(self.folder, who())
                yield
        except LockHeld:
            raise locked(self.ledger().journal) from None

    def copies(self) -> tuple[Copy, ...]:
        """The copies that are kept, of both kinds, oldest first."""
        dumps = [Copy("dump", kept) for kept in self.vault.all()]
        templates = [Copy("template", one.kept) for one in self.templates.snapshots()]
        return tuple(sorted([*dumps, *templates], key=lambda copy: (copy.kept.at, copy.kept.name)))

    def copy(self, name: str) -> Copy:
        """The one of this name. Raises DatabaseError where there is none."""
        template = self.templates.snapshot(name)
        if template:
            return Copy("template", template.kept)
        copies = self.copies()
        for copy in copies:
            if copy.kept.name == name:
                return copy
        raise failure.unknown(name, [copy.kept for copy in copies])

    def remove(self, copy: Copy) -> None:
        """Removes a copy."""
        if copy.kind == "dump":
            self.vault.remove([copy.kept.name])
        elif template := self.templates.snapshot(copy.kept.name):
            self.templates.drop(template)

    def keep(self, name: str) -> Kept:
        """A copy of the stage of this machine, as a template."""
        self._clear()
        return self.templates.keep(name, now(), self.vault.revision())

    def restore(self, copy: Copy) -> None:
        """Makes a copy the database. Whatever goes wrong, the database is the old one or the new one, whole."""
        self._clear()
        template = self.templates.snapshot(copy.kept.name) if copy.kind == "template" else None
        if template:
            self.templates.put_back(template, now())
        else:
            self.vault.restore(copy.kept.name)
        self.templates.tidy()

    def _clear(self) -> None:
        """Ends what a deployer that was killed has left at work on a database that is being made."""
        self.vault.clear()
        for name in one_offs(self.model):
            self.vault.helper.remove(name)


@contextmanager
def at_database(arguments: argparse.Namespace) -> Iterator[AtDatabase]:
    """Opens the database of the stage that the words are about. Raises HostError, and DatabaseError without one."""
    place = place_of(arguments)
    engine = engine_here(place)
    if not place.settings.host:
        yield _at(place, engine, None)
        return
    with connect(place) as door, engine_of(place, door):
        host = door.engine_host
        there = replace(engine, host=host, env={**engine.env, "DOCKER_HOST": host})
        yield _at(place, there, state_at(door, place))


def safeguard(vault: Vault, stage: str, verb: str) -> None:
    """Keeps a copy of a remote stage's database before a verb that loses data; of such copies the oldest go."""
    kept = vault.take(f"before-{verb}-{dated()}")
    print(kept_line(stage, kept), flush=True)
    vault.remove(automatic(vault.all()))


def typed(stage: str) -> str:
    """The stage's name, as a person types it; empty where nobody does."""
    try:
        return input(f"Type the stage's name, {stage}, to go on: ").strip()
    except EOFError:
        return ""


def agreed(question: str) -> bool:
    """Whether a person says yes; no where nobody answers."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def now() -> str:
    """The time: UTC, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dated() -> str:
    """A name for a snapshot that nobody has named, such as 20261124-0724."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")


def _at(place: Place, engine: Engine, folder: HostFolder | None) -> AtDatabase:
    compose = open_compose(place, engine)
    model = read_model(place, compose)
    vault = vault_of(model, EngineDoor(engine.host))
    if vault is None:
        raise failure.not_named()
    return AtDatabase(place, model, compose, vault, folder)
