"""The stage of this machine sleeps and wakes, and a port of a service is brought to loopback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from stagekit.doors.http import get
from stagekit.testing.stage import run_stagekit
from tests.support.projects import project, service

pytestmark = pytest.mark.engine

STORE = "touch /tmp/ready; trap 'exit 0' TERM; while :; do sleep 0.2; done"
WEB = "test -e /tmp/up || touch /tmp/up; cd /tmp && echo page >index.html && exec python3 -m http.server 8000"
ONCE = "echo ran"


def states(folder: Path) -> dict[str, tuple[str, str]]:
    """The project's containers: service and state by ID."""
    from stagekit.cli.place import open_place

    api = docker.from_env()
    label = f"com.docker.compose.project={open_place(folder).project}"
    try:
        found = api.containers.list(all=True, filters={"label": label})
        return {c.id: (c.labels["com.docker.compose.service"], c.status) for c in found}
    finally:
        api.close()


def test_a_stage_sleeps_and_wakes_with_the_same_containers_and_its_one_shots_stay_done(
    tmp_path: Path, python_image: str
) -> None:
    services = {
        "store": service(python_image, STORE, healthy="test -e /tmp/ready"),
        "once": service(python_image, ONCE),
        "web": service(
            python_image,
            WEB,
            healthy="test -e /tmp/up",
            restart="always",
            depends_on={
                "store": {"condition": "service_healthy"},
                "once": {"condition": "service_completed_successfully"},
            },
        ),
    }
    with project(tmp_path / "p", services) as folder:
        assert run_stagekit(folder, "up").returncode == 0
        before = states(folder)

        asleep = run_stagekit(folder, "stop")
        assert asleep.returncode == 0, asleep.stderr
        assert re.fullmatch(
            r"local: asleep, 2 containers stopped, its data is kept \(.*\); wake it with `stagekit start`",
            asleep.stdout.splitlines()[-1],
        )
        assert {state for _, state in states(folder).values()} == {"exited"} and set(states(folder)) == set(before)
        assert run_stagekit(folder, "stop").stdout.startswith("local: asleep already")

        awake = run_stagekit(folder, "start")
        assert awake.returncode == 0, awake.stderr
        assert "local: awake, 2 containers ready in " in awake.stdout
        assert states(folder) == before
        assert run_stagekit(folder, "start").stdout.strip() == "local: awake already"
        assert "nothing to do" in run_stagekit(folder, "up").stdout


def test_a_port_that_nobody_published_is_reached_until_a_person_ends_it(tmp_path: Path, python_image: str) -> None:
    with project(tmp_path / "p", {"web": service(python_image, WEB, healthy="test -e /tmp/up")}) as folder:
        assert run_stagekit(folder, "up").returncode == 0
        call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(folder), "proxy", "web:8000"]
        process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            found = re.search(r"web:8000 is at (127\.0\.0\.1:\d+)", process.stdout.readline())
            assert found
            where = f"http://{found.group(1)}"
            assert get(where, "/index.html") == (200, "page\n")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert get(where, "/index.html")[0] == 0
        finally:
            process.kill()
            process.wait()
