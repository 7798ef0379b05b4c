"""The engine that a command works with: the machine's own, or the embedded one."""

from __future__ import annotations

import sys
from dataclasses import replace

from stagekit.bootstrap import Engine, ensure_engine, find_engine
from stagekit.bootstrap.machine import Machine, this_machine
from stagekit.cli.place import Place, on_terminal
from stagekit.errors import EngineError


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


def _machine(place: Place) -> Machine:
    """This machine, with the embedded engine's home where the settings have it."""
    here = this_machine()
    home = place.settings.home
    return replace(here, env={**here.env, "STAGEKIT_HOME": home}) if home else here


def _ask(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", file=sys.stderr, flush=True)
