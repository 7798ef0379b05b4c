"""The embedded engine for real: its own home, beside whatever engine runs, gone again afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine, find_engine
from stagekit.bootstrap.daemon import process_of, start, stop
from stagekit.bootstrap.distribution import os_release_here, recipe_for
from stagekit.bootstrap.install import install
from stagekit.bootstrap.machine import Machine
from stagekit.bootstrap.network import INTERFACES
from stagekit.bootstrap.places import Places, places_from
from stagekit.bootstrap.remove import remove
from stagekit.bootstrap.storage import MOUNTINFO, UNFIT, filesystem_of, parse_mountinfo
from stagekit.doors.local import Processes
from stagekit.errors import EngineError, EngineInstallError

PROCESSES = Processes()


def _say(step: str, text: str) -> None:
    print(step, text)


def _fit(folder: Path) -> bool:
    return filesystem_of(folder.resolve(), parse_mountinfo(MOUNTINFO.read_text())) not in UNFIT


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine like this one, with an engine's home of its own and no Docker named."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("the embedded engine needs Linux and root")
    try:
        recipe_for(os_release_here())
    except EngineError as error:
        pytest.skip(error.what)
    # Beside or below the person's own engine the file system is one that an engine can use.
    usual = places_from(os.environ, Path.home()).home
    folders = (tmp_path_factory.mktemp("kit") / "home", usual.parent / "stagekit-test", usual / "test")
    home = next((folder for folder in folders if _fit(folder)), None)
    if home is None:
        pytest.skip("no folder here can hold image layers")
    env = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
    places = Places(home)
    env |= {"STAGEKIT_HOME": str(home), "DOCKER_HOST": places.host}
    return Machine(env=env, home=Path.home(), uid=0, system="Linux")


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Iterator[Engine]:
    """The engine, set up and running."""
    places = machine.places
    before = _traces()
    install(places, recipe_for(os_release_here()), PROCESSES, _say)
    found = find_engine(say=_say, machine=machine)
    assert found is not None
    yield found
    remove(places, PROCESSES, _say)
    assert not places.home.exists()
    assert not places.run.exists()
    assert _traces() == before


def _traces() -> tuple[str, bool, set[str]]:
    packages = PROCESSES.run(["dpkg-query", "-W"]).stdout
    interfaces = {path.name for path in INTERFACES.iterdir() if path.name.startswith("sk-")}
    return packages, (INTERFACES / "docker0").exists(), interfaces


def _docker(engine: Engine, *words: str) -> str:
    return PROCESSES.run([engine.docker, *words], env=engine.env, check=True).stdout.strip()


def test_it_answers_with_overlay2_and_its_own_plugins(installed: Engine) -> None:
    assert installed.kind == "embedded"
    assert _docker(installed, "info", "--format", "{{.Driver}}") == "overlay2"
    assert _docker(installed, "compose", "version", "--short") == installed.compose
    assert "docker.sock" in installed.host


def test_after_a_crash_the_next_command_brings_it_back(installed: Engine, machine: Machine) -> None:
    pid = process_of(machine.places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    found = find_engine(say=_say, machine=machine)
    assert found == installed
    assert process_of(machine.places) not in (None, pid)


def test_a_stopped_one_leaves_no_process_and_starts_again(installed: Engine, machine: Machine) -> None:
    assert stop(machine.places, _say) is True
    assert stop(machine.places, _say) is False
    start(machine.places, PROCESSES, _say, machine.env)
    # docker0, if there is one, belongs to another engine: a restart must not take it away.
    assert _docker(installed, "network", "inspect", "bridge", "--format", "{{.Driver}}") == "bridge"


def test_the_printed_environment_points_plain_docker_at_it(installed: Engine, machine: Machine) -> None:
    script = 'eval "$(python -m stagekit.cli.main engine env)"; docker version --format "{{.Server.Version}}"'
    done = subprocess.run(["sh", "-c", script], env={**machine.env, **_python()}, capture_output=True, text=True)
    assert done.stdout.strip() == installed.version, done.stderr


def _python() -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}


def test_a_data_root_that_cannot_hold_layers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("20 1 0:20 / / rw - overlay overlay rw\n")
    monkeypatch.setattr("stagekit.bootstrap.storage.MOUNTINFO", mounts)
    recipe = recipe_for({"ID": "debian", "VERSION_ID": "13"})
    with pytest.raises(EngineInstallError) as caught:
        install(Places(tmp_path / "home", tmp_path / "run"), recipe, PROCESSES, _say)
    assert caught.value.slug == "engine-storage"
    assert not (tmp_path / "home").exists()
