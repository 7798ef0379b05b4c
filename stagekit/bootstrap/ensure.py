"""The engine for a command that needs one: found, or set up where this machine has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stagekit.bootstrap.daemon import start
from stagekit.bootstrap.find import Engine, find_engine
from stagekit.bootstrap.install import install, recipe_here
from stagekit.bootstrap.machine import Machine, this_machine
from stagekit.bootstrap.places import Places
from stagekit.errors import EngineError

Say = Callable[[str, str], None]


def ensure_engine(*, interactive: bool, ask: Callable[[str], bool], say: Say, machine: Machine | None = None) -> Engine:
    """The engine in use, set up first where this machine has none.

    With `interactive`, `ask` gets the question and says whether to go on; without, as in CI, it goes on.
    Raises EngineError where an engine cannot be used or must not be set up, with what to type.
    """
    here = machine or this_machine()
    if engine := find_engine(say=say, machine=here):
        return engine
    recipe = recipe_here(here.uid)
    if interactive and not ask(question(here.places, here.home)):
        raise declined()
    install(here.places, recipe, here.processes, say)
    start(here.places, here.processes, say, here.env)
    return _found(here, say)


def question(places: Places, home: Path) -> str:
    """What a person is asked: everything that will change on the machine."""
    return (
        "No Docker on this machine. stagekit can run its own engine here: Debian or Ubuntu packages, unpacked in\n"
        f"{short(places.home, home)} (about 1 GB with images); while it runs, a socket in {places.run}, a network\n"
        f"bridge, and firewall rules of its own. No package is installed; `stagekit engine remove` undoes it.\n"
        "Go on? [Y/n] "
    )


def short(path: Path, home: Path) -> str:
    """A path as a person writes it."""
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def declined() -> EngineError:
    """The person said no."""
    return EngineError(
        "there is no Docker engine, and none was set up",
        next="install Docker Engine 25 or newer, or say yes: `stagekit engine install`",
        slug="engine-missing",
    )


def _found(machine: Machine, say: Say) -> Engine:
    engine = find_engine(say=say, machine=machine)
    if engine is None:
        raise EngineError(
            "the embedded engine was set up and is gone again",
            next="stagekit engine install, while no other command removes it",
            slug="engine-missing",
        )
    return engine
