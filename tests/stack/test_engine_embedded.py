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
from stagekit.bootstrap.distribution import recipe_for
from stagekit.bootstrap.install import install
from stagekit.bootstrap.machine import Machine
from stagekit.bootstrap.places import Places
from stagekit.errors import EngineInstallError
from tests.support.own_engine import PROCESSES, docker, own_engine, own_machine, say


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine like this one, with an engine's home of its own."""
    return own_machine(tmp_path_factory.mktemp("kit") / "home")


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Iterator[Engine]:
    """The engine, set up and running."""
    with own_engine(machine) as engine:
        yield engine


def test_it_answers_with_overlay2_and_its_own_plugins(installed: Engine) -> None:
    assert installed.kind == "embedded"
    assert docker(installed, "info", "--format", "{{.Driver}}") == "overlay2"
    assert docker(installed, "compose", "version", "--short") == installed.compose
    assert "docker.sock" in installed.host


def test_after_a_crash_the_next_command_brings_it_back(installed: Engine, machine: Machine) -> None:
    pid = process_of(machine.places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    found = find_engine(say=say, machine=machine)
    assert found == installed
    assert process_of(machine.places) not in (None, pid)


def test_a_stopped_one_leaves_no_process_and_starts_again(installed: Engine, machine: Machine) -> None:
    assert stop(machine.places, say) is True
    assert stop(machine.places, say) is False
    start(machine.places, PROCESSES, say, machine.env)
    # docker0, if there is one, belongs to another engine: a restart must not take it away.
    assert docker(installed, "network", "inspect", "bridge", "--format", "{{.Driver}}") == "bridge"


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
        install(Places(tmp_path / "home", tmp_path / "run"), recipe, PROCESSES, say)
    assert caught.value.slug == "engine-storage"
    assert not (tmp_path / "home").exists()
