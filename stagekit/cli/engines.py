"""The engine that a command works with: the machine's own, or the embedded one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from stagekit.bootstrap import Engine, ensure_engine, find_engine
from stagekit.bootstrap.machine import Machine, this_machine
from stagekit.cli.place import Place, on_terminal, read_settings
from stagekit.doors.checkout import Checkout
from stagekit.doors.client import EngineGone
from stagekit.errors import EngineError, NoProject


def engine_for(place: Place, *, assume_yes: bool) -> Engine:
    """The engine, set up first where this machine has none. Asks where there is a terminal."""
    interactive = on_terminal() and not assume_yes
    return ensure_engine(interactive=interactive, ask=_ask, say=_say, machine=_machine(place))


def engine_here(place: Place) -> Engine:
    """The engine, for verbs that only look: one that is not there is an error."""
    engine = find_engine(say=_say, machine=_machine(place))
    if engine is None:
        raise EngineError("there is no Docker engine on this machine", next="stagekit up", slug="engine-missing")
    return engine


@contextmanager
def engine_stays() -> Iterator[None]:
    """Whatever finds this machine's engine gone in this block raises EngineError."""
    try:
        yield
    except EngineGone as gone:
        raise EngineError(
            "the Docker engine of this machine went away in the middle",
            evidence=[("it was seen", gone.text[:300])],
            next="`stagekit doctor` says how it is; then the same again: it goes on from there",
            slug="engine-away",
        ) from None


def machine_at(directory: Path) -> Machine:
    """This machine, with the embedded engine's home where the project of a folder has it, if there is one."""
    here = this_machine()
    try:
        settings, _ = read_settings(Checkout.find(directory), here.env)
    except NoProject:
        return here
    return _with_home(here, settings.home)


def _machine(place: Place) -> Machine:
    return _with_home(this_machine(), place.settings.home)


def _with_home(machine: Machine, home: str | None) -> Machine:
    return replace(machine, env={**machine.env, "STAGEKIT_HOME": home}) if home else machine


def _ask(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", file=sys.stderr, flush=True)
