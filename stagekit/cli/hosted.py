"""A stage at its host, looked at over one connection: what runs there, by the records that the host keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect, engine_of, host_of
from stagekit.cli.look import Look
from stagekit.cli.place import Place
from stagekit.cli.promoting import state_at
from stagekit.cli.released import open_release
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder
from stagekit.release import Release
from stagekit.switching.failure import nothing_serves
from stagekit.switching.releases import Ledger, read_ledger


@dataclass(frozen=True)
class Hosted:
    """The connection, open.

    folder   what the host keeps of the stage
    private  a folder of this machine, for definitions
    """

    place: Place
    engine: Engine
    door: EngineDoor
    folder: HostFolder
    private: Path

    def ledger(self) -> Ledger:
        """The stage's releases now."""
        return read_ledger(self.folder)

    def shown(self, ledger: Ledger | None = None) -> Release:
        """The release that serves, or the first one while it is on its way. Raises ReleaseError where none is."""
        found = self.ledger() if ledger is None else ledger
        release = found.current or (found.journal.release if found.journal else None)
        if release is None:
            raise nothing_serves(self.place.settings.stage)
        return release

    def look(self, release: Release) -> Look:
        """The stage by the definition of a release."""
        model, compose = open_release(self.engine, self.door.host, release, self.private)
        return Look(self.place, self.engine, self.door, compose, model, release)


@contextmanager
def hosted(place: Place) -> Iterator[Hosted]:
    """Opens the host of a stage. Raises HostError."""
    host_of(place)
    engine = engine_here(place)
    with (
        connect(place) as door,
        engine_of(place, door),
        tempfile.TemporaryDirectory(prefix="stagekit-look-") as private,
    ):
        folder = state_at(door, place)
        yield Hosted(place, engine, EngineDoor(door.engine_host), folder, Path(private))
