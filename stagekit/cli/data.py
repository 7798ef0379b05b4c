"""What `seed` and `reset` share: the stage with nobody else at it, its loader, its templates, its copies."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stagekit.cli.alone import Alone, alone_with
from stagekit.cli.database import now
from stagekit.compose import Model
from stagekit.database import failure
from stagekit.database.postgres import postgres_of
from stagekit.database.templates import templates_of
from stagekit.database.vault import Vault, vault_of
from stagekit.doors.engine import EngineDoor
from stagekit.doors.helper import HelperDoor
from stagekit.seed.loader import Loader
from stagekit.seed.stock import GB, Stock
from stagekit.stage import observe


@dataclass(frozen=True)
class AtData:
    """A stage whose data is meant, open and held."""

    alone: Alone
    stock: Stock
    vault: Vault

    @property
    def stage(self) -> str:
        """Its name."""
        return self.alone.stage

    @property
    def loader(self) -> Loader:
        """The project's own."""
        return self.stock.loader

    @property
    def is_remote(self) -> bool:
        """Whether it is at a host: then others may use it."""
        return self.alone.folder is not None


@contextmanager
def data_with(arguments: argparse.Namespace) -> Iterator[AtData]:
    """Opens the data of the stage that the words are about; raises as `alone_with` does, and as `data_of`."""
    with alone_with(arguments) as alone:
        yield data_of(alone)


def data_of(alone: Alone) -> AtData:
    """The data of a stage that is open, with nothing left at work on it. Raises DatabaseError where it names none."""
    at = _open(alone)
    at.vault.clear()
    at.loader.clear()
    return at


def _open(alone: Alone) -> AtData:
    looked, model = alone.looked, alone.looked.model
    vault, templates = vault_of(model, looked.door), templates_of(model, looked.door.host)
    if vault is None or templates is None:
        raise failure.not_named()
    settings = looked.place.settings
    loader = Loader(model, looked.compose, HelperDoor(looked.door.host), lambda line: print(line, flush=True))
    stock = Stock(
        templates,
        loader,
        settings.templates,
        settings.templates_gb * GB,
        now,
        lambda name: _revision(model, looked.door, name),
    )
    return AtData(alone, stock, vault)


def _revision(model: Model, door: EngineDoor, name: str) -> str:
    postgres = postgres_of(door, model, observe(door, model.project))
    if postgres is None or model.block.migrations is None:
        return ""
    return " ".join((postgres.look(model.block.migrations.revision, name).revision or "").split())
