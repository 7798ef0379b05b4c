"""One command at a time changes the stage of this machine: the others wait, and say for whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagekit.cli.place import Place
from stagekit.doors.turn import end_other, turn

ENDED_BY_DOWN = ("up", "build", "start")
PATIENCE = 30.0  # seconds for what is asked to stop


@contextmanager
def in_turn(place: Place, verb: str) -> Iterator[None]:
    """Has the stage of this machine to itself for the length of a block."""
    place.checkout.hide_from_git(".stagekit/")
    with turn(place.checkout.directory / ".stagekit", verb, _say):
        yield


def end_what_is_under_way(place: Place) -> None:
    """For `down`: what brings the stage up is asked to stop first."""
    if who := end_other(place.checkout.directory / ".stagekit", ENDED_BY_DOWN, patience=PATIENCE):
        print(f"{'turn':<10} {who} was under way; it was ended", flush=True)


def _say(who: str) -> None:
    print(f"{'turn':<10} waiting for {who}; ^C ends this command, not that one", flush=True)
