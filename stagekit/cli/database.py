"""What the verbs about a stage's database share: the stage here or at its host, and the copies of its database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect
from stagekit.cli.look import place_of
from stagekit.cli.place import Place, open_compose, read_model
from stagekit.cli.promoting import state_at, who
from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.database import failure
from stagekit.database.vault import Vault, vault_of
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder, LockHeld
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

    def ledger(self) -> Ledger:
        """The releases of the stage; none on this machine."""
        return read_ledger(self.folder) if self.folder else Ledger()

    @contextmanager
    def alone(self, *, changes: bool = False) -> Iterator[None]:
        """Keeps switches of the stage away meanwhile. Raises ReleaseError where one is under way.

        changes  whether what people see changes: then also where somebody else has claimed the stage
        """
        if self.folder is None:
            yield
            return
        try:
            with self.folder.locked():
                if changes:
                    claims.refuse_others(self.folder, who())
                yield
        except LockHeld:
            raise locked(self.ledger().journal) from None


@contextmanager
def at_database(arguments: argparse.Namespace) -> Iterator[AtDatabase]:
    """Opens the database of the stage that the words are about. Raises HostError, and DatabaseError without one."""
    place = place_of(arguments)
    engine = engine_here(place)
    if not place.settings.host:
        yield _at(place, engine, None)
        return
    with connect(place) as door:
        host = door.engine_host
        there = replace(engine, host=host, env={**engine.env, "DOCKER_HOST": host})
        yield _at(place, there, state_at(door, place))


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
