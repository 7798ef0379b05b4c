"""The way of `destroy`: the host, what is there of the stage, and its removal with nobody else at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stagekit.carry import ledger
from stagekit.cli.hosts import connect, host_of
from stagekit.cli.place import Place
from stagekit.cli.promoting import state_at, who
from stagekit.doors.belongings import Belongings, BelongingsDoor, TakingFailed
from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.doors.ssh import SshDoor
from stagekit.images.names import repository_of
from stagekit.switching import claims
from stagekit.switching.failure import engine_keeps, locked
from stagekit.switching.releases import read_ledger


@dataclass(frozen=True)
class Destroying:
    """A stage at its host, locked. `found` is what of it is there."""

    found: Belongings
    folder: HostFolder
    engine: BelongingsDoor

    def is_recorded(self) -> bool:
        """Whether the host keeps records of the stage."""
        return self.folder.exists()

    def take_away(self) -> None:
        """Removes all of it, the records last: until then the same command finds it. Raises ReleaseError."""
        try:
            self.engine.take_away(self.found)
        except TakingFailed as failed:
            raise engine_keeps(failed.text) from None
        self.folder.destroy()


@contextmanager
def destroying(place: Place) -> Iterator[Destroying]:
    """Opens the stage's host. Raises HostError, and ReleaseError where a switch is under way or somebody claims it."""
    host_of(place)
    with connect(place) as door:
        folder = state_at(door, place)
        if not folder.exists():
            yield _found(place, door, folder)  # to lock it would be to make it
            return
        try:
            with folder.locked():
                claims.refuse_others(folder, who())
                yield _found(place, door, folder)
        except LockHeld:
            raise locked(read_ledger(folder).journal) from None


def _found(place: Place, door: SshDoor, folder: HostFolder) -> Destroying:
    engine = BelongingsDoor(door.engine_host)
    sets = ledger.read(door.run, place.project)
    others = {name for one in sets if one.stage != place.settings.stage for name in one.images.values()}
    begin = repository_of(place.project)
    found = engine.of(place.project, lambda name: name.startswith(begin) and name not in others)
    return Destroying(found, folder, engine)
