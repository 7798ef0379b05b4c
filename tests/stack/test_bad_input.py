"""What goes wrong in a project, and how stagekit says it: the root is named, the rest is not blamed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stagekit.testing.stage import run_stagekit
from tests.support.projects import project, service, write

pytestmark = pytest.mark.engine

WEB = "python -m http.server 8000"
ANSWERS = "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:8000')\""


def test_a_service_that_exits_is_named_and_those_that_wait_are_not_blamed(tmp_path: Path, python_image: str) -> None:
    crash = service(python_image, "echo no such table: plans >&2; exit 3", healthy="true")
    web = service(python_image, WEB, healthy=ANSWERS, depends_on={"api": {"condition": "service_healthy"}})
    with project(tmp_path / "p", {"api": crash, "web": web}) as folder:
        done = run_stagekit(folder, "up")
    assert done.returncode == 1
    assert "api is not ready: it exited with 3" in done.stderr
    assert "no such table: plans" in done.stderr
    assert "not at fault" in done.stderr and "web" in done.stderr
    assert "next: " in done.stderr and "stagekit logs api" in done.stderr


def test_a_failed_migration_is_the_root(tmp_path: Path, python_image: str) -> None:
    migrate = service(python_image, "echo relation plans already exists >&2; exit 1")
    after = {"migrate": {"condition": "service_completed_successfully"}}
    web = service(python_image, WEB, healthy=ANSWERS, depends_on=after)
    with project(tmp_path / "p", {"migrate": migrate, "web": web}) as folder:
        done = run_stagekit(folder, "up")
    assert done.returncode == 1
    assert "migrate did not finish: it exited with 1" in done.stderr
    assert "relation plans already exists" in done.stderr


def test_a_service_that_never_gets_ready_shows_its_last_probe(tmp_path: Path, python_image: str) -> None:
    web = service(python_image, WEB, healthy="echo prefect unreachable; exit 1")
    with project(tmp_path / "p", {"web": web}) as folder:
        began = time.monotonic()
        done = run_stagekit(folder, "up")
        assert time.monotonic() - began < 60
    assert done.returncode == 1
    assert "web is not ready: its health check fails" in done.stderr
    assert "prefect unreachable" in done.stderr


def test_up_mends_what_was_mended(tmp_path: Path, python_image: str) -> None:
    with project(tmp_path / "p", {"web": service(python_image, "exit 1", healthy="true")}) as folder:
        assert run_stagekit(folder, "up").returncode == 1
        write(folder, {"web": service(python_image, WEB, healthy=ANSWERS)})
        done = run_stagekit(folder, "up")
        assert done.returncode == 0, done.stderr
        again = run_stagekit(folder, "up")
    assert "healthy, nothing to do" in again.stdout


def test_an_interrupted_up_ends_with_130_and_the_next_one_finishes(tmp_path: Path, python_image: str) -> None:
    slow = service(python_image, f"sleep 8; {WEB}", healthy=ANSWERS)
    after = {"slow": {"condition": "service_healthy"}}
    slow["healthcheck"]["retries"] = 30  # type: ignore[index]
    web = service(python_image, WEB, healthy=ANSWERS, depends_on=after)
    with project(tmp_path / "p", {"slow": slow, "web": web}) as folder:
        words = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(folder), "up"]
        up = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        wait_until_listed(folder, "slow")
        # To the whole group, as a terminal does.
        os.killpg(up.pid, signal.SIGINT)
        _, told = up.communicate(timeout=60)
        assert up.returncode == 130, told
        assert "interrupted" in told
        done = run_stagekit(folder, "up")
        assert done.returncode == 0, done.stderr


def test_a_taken_port_moves_the_stage_and_says_so(tmp_path: Path, python_image: str) -> None:
    with project(tmp_path / "p", {"web": published(python_image)}, **{"x-stagekit": block()}) as folder:
        port = preferred(folder)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            done = run_stagekit(folder, "up")
        assert done.returncode == 0, done.stderr
        assert f"port       {port} is taken by" in done.stdout
        assert f"http://app.localhost:{port}" not in done.stdout


def test_a_taken_port_that_a_person_chose_is_an_error_with_its_owner(
    tmp_path: Path, python_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project(tmp_path / "p", {"web": published(python_image)}) as folder, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("STAGEKIT_PORT", str(port))
        done = run_stagekit(folder, "up")
        monkeypatch.delenv("STAGEKIT_PORT")
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "[port-taken]" in done.stderr


@pytest.mark.parametrize("key", ["sk_live_", "rk_live_"])
@pytest.mark.parametrize("where", [".env.local", "environment", "compose.yaml"])
def test_a_live_stripe_key_is_refused_before_anything_starts_and_never_printed(
    tmp_path: Path, python_image: str, monkeypatch: pytest.MonkeyPatch, key: str, where: str
) -> None:
    value = key + "51Nq0tARealKey"
    environment = {"STRIPE_SECRET_KEY": value} if where == "compose.yaml" else {}
    with project(tmp_path / "p", {"web": service(python_image, WEB, environment=environment)}) as folder:
        if where == ".env.local":
            (folder / ".env.local").write_text(f"STRIPE_SECRET_KEY={value}\n")
        if where == "environment":
            monkeypatch.setenv("STRIPE_SECRET_KEY", value)
        done = run_stagekit(folder, "up")
        monkeypatch.delenv("STRIPE_SECRET_KEY", raising=False)
        (folder / ".env.local").unlink(missing_ok=True)
        assert not (folder / ".env").exists() or value not in (folder / ".env").read_text()
        write(folder, {"web": service(python_image, WEB)})
        assert re.search(r"web +not there", run_stagekit(folder, "status").stdout)
    assert done.returncode == 1
    assert "[live-stripe-key]" in done.stderr
    assert "STRIPE_SECRET_KEY" in done.stderr
    assert value not in done.stdout + done.stderr


def test_a_broken_compose_file_names_file_and_line(tmp_path: Path, engine: object) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: x\n   command: y\n")
    done = run_stagekit(tmp_path, "up")
    assert done.returncode == 1
    assert "compose.yaml:4" in done.stderr
    assert "[compose-file]" in done.stderr


def test_a_key_that_compose_does_not_know_is_named_with_its_line(tmp_path: Path, engine: object) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: x\n    comand: y\n")
    done = run_stagekit(tmp_path, "up")
    assert done.returncode == 1
    assert "comand" in done.stderr
    assert "compose.yaml:4" in done.stderr


def test_a_wrong_settings_block_names_file_line_and_key(tmp_path: Path, engine: object) -> None:
    text = "services:\n  web:\n    image: x\nx-stagekit:\n  version: 1\n  nmaes: {}\n"
    (tmp_path / "compose.yaml").write_text(text)
    done = run_stagekit(tmp_path, "status")
    assert done.returncode == 1
    assert "compose.yaml:6" in done.stderr
    assert "x-stagekit.nmaes" in done.stderr


def test_a_missing_required_variable_is_named_with_its_line(tmp_path: Path, engine: object) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: ${WEB_IMAGE:?the image of the shop}\n")
    done = run_stagekit(tmp_path, "up")
    assert done.returncode == 1
    assert "WEB_IMAGE" in done.stderr
    assert "compose.yaml:3" in done.stderr
    assert "the image of the shop" in done.stderr


def published(image: str) -> dict[str, object]:
    return service(image, WEB, healthy=ANSWERS, ports=["127.0.0.1:${STAGEKIT_PORT:-8642}:8000"])


def block() -> dict[str, object]:
    return {"version": 1, "names": {"app": {"service": "web"}}}


def preferred(folder: Path) -> int:
    from stagekit.stage import preferred_port

    return preferred_port(str(folder.resolve()))


def wait_until_listed(folder: Path, name: str) -> None:
    deadline = time.monotonic() + 30
    while not re.search(rf"{name} +starting", run_stagekit(folder, "status").stdout):
        assert time.monotonic() < deadline
        time.sleep(0.2)
