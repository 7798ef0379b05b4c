"""The engine for a command that needs one: found, or set up where this machine has none."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from stagekit.bootstrap.find import Engine, find_engine
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
    from stagekit.bootstrap.install import install, recipe_here  # only a machine without an engine needs it

    recipe = recipe_here(here.uid)
    if interactive and not ask(question(here.places, here.home)):
        raise declined()
    began = time.monotonic()
    install(here.places, recipe, here.processes, say)
    engine = _found(here, say)
    say("engine", f"Docker {engine.version} ready, {time.monotonic() - began:.0f} s")
    return engine


def question(places: Places, home: Path) -> str:
    """What a person is asked: everything that will change on the machine."""
    return (
        "No Docker on this machine. stagekit can run its own engine here: Debian or Ubuntu packages, unpacked in\n"
        f"{short(places.home, home)} (about 1 GB with images), no package installed. While it runs: a socket in\n"
        f"{places.run}, a network bridge, firewall rules of its own, and IPv4 forwarding, which stays on until\n"
        "the next boot. `stagekit engine remove` takes the rest away.\n"
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
