"""Two commands at one stage of this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stagekit.testing.stage import run_stagekit
from tests.support.projects import project, service

pytestmark = pytest.mark.engine

WEB = "python -m http.server 8000"
ANSWERS = "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:8000')\""


def test_of_two_ups_the_second_waits_and_finds_nothing_to_do(tmp_path: Path, python_image: str) -> None:
    web = service(python_image, f"sleep 3; {WEB}", healthy=ANSWERS)
    web["healthcheck"]["retries"] = 30  # type: ignore[index]
    with project(tmp_path / "p", {"web": web}) as folder:
        ups = [_begin(folder, "up") for _ in range(2)]
        told = [up.communicate(timeout=90)[0] for up in ups]
        assert [up.returncode for up in ups] == [0, 0], told
        second = next(text for text in told if "waiting for `stagekit up` (process " in text)
        assert "nothing to do" in second
        assert sum("ready in" in text for text in told) == 1, told


def test_down_ends_an_up_that_is_under_way_and_nothing_is_left(tmp_path: Path, python_image: str) -> None:
    never = service(python_image, WEB, healthy="exit 1")
    never["healthcheck"]["retries"] = 600  # type: ignore[index]
    with project(tmp_path / "p", {"never": never}) as folder:
        up = _begin(folder, "up")
        _until_starting(folder)
        down = run_stagekit(folder, "down")
        told = up.communicate(timeout=60)[0]
        assert (up.returncode, down.returncode) == (130, 0), (told, down.stdout, down.stderr)
        assert f"`stagekit up` (process {up.pid}) was under way; it was ended" in down.stdout
        assert "never  not there" in run_stagekit(folder, "status").stdout


def test_the_turn_of_a_command_that_was_killed_is_free(tmp_path: Path, python_image: str) -> None:
    never = service(python_image, WEB, healthy="exit 1")
    never["healthcheck"]["retries"] = 600  # type: ignore[index]
    with project(tmp_path / "p", {"never": never}) as folder:
        up = _begin(folder, "up")
        _until_starting(folder)
        up.send_signal(signal.SIGKILL)
        up.communicate(timeout=60)
        down = run_stagekit(folder, "down")
        assert down.returncode == 0, down.stderr
        assert "under way" not in down.stdout


def _begin(folder: Path, verb: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(folder), verb]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _until_starting(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while "starting" not in run_stagekit(folder, "status").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.2)
