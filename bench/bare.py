"""`make staging-local` on a machine with nothing: a fresh checkout, an engine of its own, no cache."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.programs import STAGEKIT, Failed, run, say
from bench.rows import Goal, Measurement
from bench.stack import copied
from stagekit.bootstrap.find import choose
from stagekit.bootstrap.install import recipe_here
from stagekit.bootstrap.machine import Machine
from stagekit.errors import EngineError

NAME, UNIT, GOAL = "make staging-local, bare to healthy", "s", Goal(300)
OWN = ("DOCKER_", "COMPOSE_", "STAGEKIT_", "VIRTUAL_ENV", "MAKE", "MFLAGS")


def bare(root: Path, machine: Machine) -> Measurement:
    """Seconds from the command to a healthy stage; without a value, and with the reason, where it cannot run."""
    # Within the person's own home of stagekit: the file system there is one that an engine can use.
    home = machine.places.home / "bench"
    there = replace(machine, env=bare_environment(machine, home))
    reason = obstacle(there)
    if reason:
        return unmeasured(reason)
    say("make staging-local with nothing there; minutes")
    try:
        return Measurement(NAME, UNIT, GOAL, _measure(root, home, there.env))
    except Failed as failed:
        return unmeasured(str(failed))


def unmeasured(reason: str) -> Measurement:
    """The row without a value."""
    return Measurement(NAME, UNIT, GOAL, None, reason=reason)


def obstacle(machine: Machine) -> str:
    """Why the measurement cannot run on this machine, or nothing."""
    try:
        chosen = choose(machine)
        if chosen is not None:
            return f"this machine has a Docker engine: {chosen.host}"
        recipe_here(machine.uid)
    except EngineError as error:
        return error.what
    return ""


def bare_environment(machine: Machine, home: Path) -> dict[str, str]:
    """The environment as if no engine had been chosen, with a home and a cache that are empty."""
    kept = {key: value for key, value in machine.env.items() if not key.startswith(OWN)}
    engine = str(machine.places.engine)
    path = [part for part in machine.env.get("PATH", "").split(":") if not part.startswith(engine)]
    return kept | {"PATH": ":".join(path), "STAGEKIT_HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


def _measure(root: Path, home: Path, environment: Mapping[str, str]) -> float:
    with copied(root) as copy:
        try:
            return run(["make", "staging-local"], environment=environment, directory=copy)
        finally:
            run([STAGEKIT, "engine", "remove", "--yes"], environment=environment)
            shutil.rmtree(home, ignore_errors=True)
