"""The engine that a command works with: the machine's own, or the embedded one."""

from __future__ import annotations

import sys

from stagekit.bootstrap import Engine, ensure_engine, find_engine
from stagekit.cli.place import Place, on_terminal
from stagekit.errors import EngineError


def engine_for(place: Place, *, assume_yes: bool) -> Engine:
    """The engine, set up first where this machine has none. Asks where there is a terminal."""
    return ensure_engine(interactive=on_terminal() and not assume_yes, ask=_ask, say=_say)


def engine_here() -> Engine:
    """The engine, for verbs that only look: one that is not there is an error."""
    engine = find_engine(say=_say)
    if engine is None:
        raise EngineError("there is no Docker engine on this machine", next="stagekit up", slug="engine-missing")
    return engine


def _ask(question: str) -> bool:
    return input(question).strip().lower() in ("", "y", "yes")


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", file=sys.stderr, flush=True)
