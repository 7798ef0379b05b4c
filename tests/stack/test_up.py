"""`stagekit` on the real stack: what the README's commands and the everyday verbs do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.schema import schema_of
from stagekit.doors.http import client
from stagekit.testing import Stage
from stagekit.testing.stage import run_stagekit
from tests.conftest import ROOT
from tests.support.checkout import copy_checkout

pytestmark = pytest.mark.engine


def test_make_staging_local_says_where_to_click_and_how_to_sign_in(staging_local: str, stage: Stage) -> None:
    assert "ready in" in staging_local
    for url in stage.urls.values():
        assert url in staging_local
    assert "ana@example.test" in staging_local
    assert "Staging-1234" in staging_local
    assert "stop with `stagekit down`" in staging_local


def test_every_address_answers(stage: Stage) -> None:
    for name in stage.urls:
        with stage.http(name, follow_redirects=True) as http:
            assert http.get("/plans" if name == "api" else "/").status_code == 200, name


def test_up_again_changes_nothing_and_says_so(stage: Stage) -> None:
    before = containers(stage)
    done = stage.stagekit("up")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("local: healthy, nothing to do")
    assert containers(stage) == before


def test_status_in_words_and_as_json(stage: Stage) -> None:
    words = stage.stagekit("status").stdout.splitlines()[0]
    assert words.startswith("local: healthy, ")
    assert f"13 services, {stage.urls['app']}" in words
    told = json.loads(stage.stagekit("status", "--json").stdout)
    jsonschema.validate(told, schema_of("status"))
    assert told["state"] == "healthy"
    assert set(told["urls"]) == {"app", "api", "auth", "mail", "prefect", "stripe"}
    assert all(service["identity"].startswith("sha256:") for service in told["services"])
    assert len(told["users"]) == 60


def test_plain_docker_compose_addresses_the_same_stage(stage: Stage, engine: Engine) -> None:
    words = [engine.docker, "compose", "ps", "--services"]
    listed = subprocess.run(words, cwd=stage.directory, capture_output=True, text=True, check=True)
    assert {"edge", "frontend", "backend", "worker", "postgres", "prefect"} <= set(listed.stdout.split())
    again = subprocess.run(
        [engine.docker, "compose", "up", "--detach", "--wait", "--no-build"],
        cwd=stage.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert "Recreate" not in again.stderr


def test_the_readmes_line_points_plain_docker_at_the_engine(stage: Stage) -> None:
    script = 'eval "$(.venv/bin/stagekit engine env)" && docker compose ps --services'
    bare = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", script], cwd=stage.directory, env=bare, capture_output=True, text=True, check=False
    )
    assert "backend" in done.stdout.split(), done.stderr


def test_psql_exec_logs_and_open_take_the_short_way(stage: Stage) -> None:
    assert stage.stagekit("psql", "-tAc", "select count(*) from people").stdout.strip() == "60"
    assert stage.stagekit("exec", "backend", "python", "-c", "print(6 * 7)").stdout.strip() == "42"
    assert "started" in stage.stagekit("logs", "--tail", "all", "auth").stdout
    assert stage.stagekit("open", "--print").stdout.strip() == stage.urls["app"]
    unknown = stage.stagekit("logs", "nobody")
    assert unknown.returncode == 2
    assert "backend" in unknown.stderr


def test_a_second_checkout_runs_beside_the_first(stage: Stage, tmp_path: Path) -> None:
    other = copy_checkout(ROOT, tmp_path / "second")
    try:
        done = run_stagekit(other, "up")
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(run_stagekit(other, "status", "--json").stdout)
        assert told["state"] == "healthy"
        assert not set(told["urls"].values()) & set(stage.urls.values())
        assert json.loads(stage.stagekit("status", "--json").stdout)["state"] == "healthy"
    finally:
        run_stagekit(other, "down", "--volumes")
        forget_images(other)


def test_a_foreign_project_comes_up_and_goes_down(engine: Engine, place: object, tmp_path: Path) -> None:
    notes = copy_checkout(ROOT, tmp_path / "checkout") / "examples" / "notes"
    try:
        done = run_stagekit(notes, "up")
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(run_stagekit(notes, "status", "--json").stdout)
        assert told["state"] == "healthy"
        with client(next(iter(told["urls"].values()))) as http:
            assert http.get("/").status_code == 200
    finally:
        assert run_stagekit(notes, "down", "--volumes").returncode == 0


def forget_images(directory: Path) -> None:
    """Removes the images that a checkout built for itself; their layers are those of the other checkouts'."""
    names = [row["image"] for row in json.loads(run_stagekit(directory, "images", "--json").stdout)]
    project = [name for name in names if name.startswith("second-")]
    subprocess.run(["docker", "image", "rm", *project], capture_output=True, check=True)


def containers(stage: Stage) -> set[str]:
    words = ["docker", "compose", "ps", "--all", "--quiet"]
    return set(subprocess.run(words, cwd=stage.directory, capture_output=True, text=True, check=True).stdout.split())
