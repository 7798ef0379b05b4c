"""What `stop`, `start` and `seed` share: the stage, here or at its host, with nobody else at it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stagekit.cli.database import now
from stagekit.cli.delivering import listener_of
from stagekit.cli.look import Look, look_here, place_of
from stagekit.cli.promoting import who
from stagekit.cli.turns import in_turn
from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.execute import Listener
from stagekit.switching import asleep, claims
from stagekit.switching.asleep import Asleep
from stagekit.switching.failure import locked, unhealed
from stagekit.switching.releases import read_ledger
from stagekit.switching.services import Services
from stagekit.switching.sleep import Sleep


@dataclass(frozen=True)
class Alone:
    """The stage, open.

    folder  what its host keeps, locked; None for the stage of this machine, whose containers tell enough
    """

    looked: Look
    sleep: Sleep
    folder: HostFolder | None

    @property
    def stage(self) -> str:
        """Its name."""
        return self.looked.place.settings.stage

    def known(self) -> Asleep | None:
        """What is written down of its sleep."""
        return asleep.read(self.folder) if self.folder else None

    def write_down(self, containers: dict[str, str]) -> None:
        """Before it is stopped: whatever happens then, it can be woken."""
        if self.folder:
            asleep.write(self.folder, Asleep(by=who(), at=now(), containers=containers))

    def forget(self) -> None:
        """Once it is awake."""
        if self.folder:
            asleep.forget(self.folder)


@contextmanager
def alone_with(arguments: argparse.Namespace) -> Iterator[Alone]:
    """Opens the stage that the words are about.

    Raises HostError; ReleaseError where nothing was promoted, where a switch is under way or was cut off, and where
    somebody else has claimed it.
    """
    place = place_of(arguments)
    listener = listener_of(quiet=False)
    try:
        if not place.settings.host:
            with in_turn(place, arguments.verb):
                looked = look_here(place)
                yield Alone(looked, _sleep(looked, listener), None)
            return
        from stagekit.cli.hosted import hosted

        with hosted(place) as at, _alone(at.folder):
            ledger = at.ledger()
            if ledger.journal:
                raise unhealed(ledger.journal)
            looked = at.look(at.shown(ledger))
            yield Alone(looked, _sleep(looked, listener), at.folder)
    finally:
        listener.close()


@contextmanager
def _alone(folder: HostFolder) -> Iterator[None]:
    try:
        with folder.locked():
            claims.refuse_others(folder, who())
            yield
    except LockHeld:
        raise locked(read_ledger(folder).journal) from None


def _sleep(looked: Look, listener: Listener) -> Sleep:
    services = Services(
        looked.model,
        looked.compose,
        looked.door,
        looked.place.settings.timeout,
        listener,
        clock=time.monotonic,
        sleep=time.sleep,
    )
    return Sleep(looked.model, looked.compose, looked.door, services)
