"""The engine is lost, or its disk is full, while the stage comes up."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine, find_engine
from stagekit.bootstrap.daemon import process_of, stop
from stagekit.bootstrap.machine import Machine
from stagekit.testing.stage import run_stagekit
from tests.support.cut_off import VERBS, finish, prepare
from tests.support.drop_ins import wait_until
from tests.support.own_engine import own_engine, own_machine, say
from tests.support.projects import service
from tests.support.seeded import Seeded, seeded

pytestmark = pytest.mark.engine

DISK = 1600  # MB: two images and a database, and not two gigabytes more
WEB = "python -m http.server 8000"
ANSWERS = "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:8000')\""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with an engine's home of its own."""
    return own_machine(tmp_path_factory.mktemp("kit") / "home")


@pytest.fixture(scope="module")
def small(machine: Machine, engine: Engine, bases: dict[str, str]) -> Iterator[Engine]:
    """An engine on a small disk, with the base images that the projects use."""
    data = machine.places.data
    machine.places.prepare()
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "stagekit-test", str(data)], check=True)
    try:
        with own_engine(machine) as found:
            save = [engine.docker, "save", bases["PYTHON_IMAGE"], bases["POSTGRES_IMAGE"]]
            with subprocess.Popen(save, env=engine.env, stdout=subprocess.PIPE) as out:
                subprocess.run([found.docker, "load"], env=found.env, stdin=out.stdout, check=True)
            yield found
            stop(machine.places, say)
            subprocess.run(["umount", str(data)], check=True)
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=False, capture_output=True)


@pytest.fixture
def environment(small: Engine, machine: Machine) -> dict[str, str]:
    """For `stagekit`: the engine is found by its home, as after a crash."""
    return {key: value for key, value in machine.env.items() if key != "DOCKER_HOST"}


def test_an_engine_that_is_killed_during_up_is_started_by_the_next_one_which_finishes(
    tmp_path: Path, machine: Machine, environment: dict[str, str], python_image: str
) -> None:
    web = service(python_image, f"sleep 4; {WEB}", healthy=ANSWERS)
    web["healthcheck"]["retries"] = 30  # type: ignore[index]
    folder = _project(tmp_path / "p", web)
    words = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(folder), "up"]
    up = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    _until_starting(folder, environment)
    pid = process_of(machine.places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    told = up.communicate(timeout=120)[0]
    assert up.returncode == 1, told
    assert "engine-lost" in told, told
    again = run_stagekit(folder, "up", env=environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert run_stagekit(folder, "down", "--volumes", env=environment).returncode == 0


def test_a_disk_that_is_full_during_a_build_is_named_and_what_ran_goes_on(
    tmp_path: Path, environment: dict[str, str], python_image: str
) -> None:
    web = service(python_image, WEB, healthy=ANSWERS)
    web["image"], web["build"] = "stagekit-test/lost", {"context": "."}
    folder = _project(tmp_path / "q", web)
    small = f"FROM {python_image}\nRUN echo 1 >/one\n"
    (folder / "Dockerfile").write_text(small)
    assert run_stagekit(folder, "up", env=environment).returncode == 0
    (folder / "Dockerfile").write_text(small + "RUN dd if=/dev/zero of=/big bs=1M count=2000\n")
    full = run_stagekit(folder, "up", env=environment)
    assert full.returncode == 1, full.stdout
    assert "the engine's disk is full" in full.stderr and "docker builder prune" in full.stderr, full.stderr
    assert "local: healthy" in run_stagekit(folder, "status", env=environment).stdout
    (folder / "Dockerfile").write_text(small + "RUN echo 2 >/two\n")
    after = run_stagekit(folder, "up", env=environment)
    assert after.returncode == 0, after.stdout + after.stderr
    assert run_stagekit(folder, "down", "--volumes", env=environment).returncode == 0


@pytest.fixture(scope="module")
def data(
    small: Engine, machine: Machine, bases: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """A small project with a seed, at that engine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT"):
            patch.delenv(name, raising=False)
        patch.setenv("STAGEKIT_HOME", machine.env["STAGEKIT_HOME"])
        patch.setenv("POSTGRES_IMAGE", bases["POSTGRES_IMAGE"])
        with seeded(small, tmp_path_factory.mktemp("data") / "lost") as found:
            found.done("reset")
            yield found


@pytest.mark.parametrize("verb", VERBS)
def test_an_engine_killed_at_work_on_the_data_leaves_it_old_or_new(data: Seeded, machine: Machine, verb: str) -> None:
    data.done("reset")
    if "snap_point" in data.databases():
        data.done("snapshots", "rm", "point")
    chance = random.Random(verb)
    old, new = prepare(data, verb)
    process = data.begin(*VERBS[verb])
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0.8, 2.0))
    pid = process_of(machine.places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    said = process.communicate(timeout=120)[0]
    assert process.returncode in (0, 1), said
    assert find_engine(say=say, machine=machine) is not None
    wait_until(data.answers, "the database is there")
    assert data.notes() in (old, new), said
    finish(data, verb, old, new)


def _project(folder: Path, web: dict[str, object]) -> Path:
    import yaml

    folder.mkdir()
    (folder / "compose.yaml").write_text(yaml.safe_dump({"services": {"web": web}}))
    return folder


def _until_starting(folder: Path, environment: dict[str, str]) -> None:
    deadline = time.monotonic() + 30
    while "starting" not in run_stagekit(folder, "status", env=environment).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.2)
