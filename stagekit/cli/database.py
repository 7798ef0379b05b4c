"""What the verbs about a stage's database share: the stage here or at its host, and the copies of its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect, host_of
from stagekit.cli.place import Place, open_compose, open_place, read_model
from stagekit.cli.promoting import folder_at, who
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

    def refuse_claimed(self) -> None:
        """Raises ReleaseError where somebody else has claimed the stage."""
        if self.folder:
            claims.refuse_others(self.folder, who())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps switches of the stage away meanwhile. Raises ReleaseError where one is under way."""
        try:
            with self.folder.locked() if self.folder else nullcontext():
                yield
        except LockHeld:
            raise locked(self.ledger().journal) from None


@contextmanager
def at_database(directory: Path, stage: str | None) -> Iterator[AtDatabase]:
    """Opens the stage's database. Raises DatabaseError where the project names none.

    stage  one that is named has a host, unless it is this machine's own: else HostError, as what runs here would pass
           for what runs there
    """
    place = open_place(directory, stage=stage)
    if stage and stage != "local":
        host_of(place)
    engine = engine_here(place)
    if not place.settings.host:
        yield _at(place, engine, None)
        return
    with connect(place) as door:
        host = door.engine_host
        there = replace(engine, host=host, env={**engine.env, "DOCKER_HOST": host})
        yield _at(place, there, HostFolder(door, folder_at(place)))


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
