"""An embedded engine of a test's own, in a home of its own beside whatever engine runs, gone again afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine, find_engine
from stagekit.bootstrap.distribution import os_release_here, recipe_for
from stagekit.bootstrap.install import install
from stagekit.bootstrap.machine import Machine
from stagekit.bootstrap.network import INTERFACES
from stagekit.bootstrap.places import Places, places_from
from stagekit.bootstrap.remove import remove
from stagekit.bootstrap.storage import MOUNTINFO, UNFIT, filesystem_of, parse_mountinfo
from stagekit.doors.local import Processes
from stagekit.errors import EngineError

PROCESSES = Processes()


def own_machine(folder: Path) -> Machine:
    """A machine like this one, with an engine's home of its own and no Docker named."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("the embedded engine needs Linux and root")
    try:
        recipe_for(os_release_here())
    except EngineError as error:
        pytest.skip(error.what)
    # Beside or below the person's own engine the file system is one that an engine can use.
    usual = places_from(os.environ, Path.home()).home
    folders = (folder, usual.parent / "stagekit-test", usual / "test")
    home = next((folder for folder in folders if _fit(folder)), None)
    if home is None:
        pytest.skip("no folder here can hold image layers")
    env = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
    places = Places(home)
    env |= {"STAGEKIT_HOME": str(home), "DOCKER_HOST": places.host}
    return Machine(env=env, home=Path.home(), uid=0, system="Linux")


@contextmanager
def own_engine(machine: Machine) -> Iterator[Engine]:
    """The engine of that machine, set up and running; proves at the end that it left nothing."""
    places = machine.places
    before = _traces()
    install(places, recipe_for(os_release_here()), PROCESSES, say)
    found = find_engine(say=say, machine=machine)
    assert found is not None
    yield found
    remove(places, PROCESSES, say)
    assert not places.home.exists()
    assert not places.run.exists()
    assert _traces() == before


def docker(engine: Engine, *words: str) -> str:
    """What the docker client says to these words."""
    return PROCESSES.run([engine.docker, *words], env=engine.env, check=True).stdout.strip()


def say(step: str, text: str) -> None:
    """Prints what the engine's set-up tells."""
    print(step, text)


def _fit(folder: Path) -> bool:
    return filesystem_of(folder.resolve(), parse_mountinfo(MOUNTINFO.read_text())) not in UNFIT


def _traces() -> tuple[str, bool, set[str]]:
    packages = PROCESSES.run(["dpkg-query", "-W"]).stdout
    interfaces = {path.name for path in INTERFACES.iterdir() if path.name.startswith("sk-")}
    return packages, (INTERFACES / "docker0").exists(), interfaces
