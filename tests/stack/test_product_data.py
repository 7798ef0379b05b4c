"""The product's data put back under its clients: nothing of the product is restarted."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stagekit.bootstrap import Engine
from stagekit.testing import SignIn, Stage

pytestmark = pytest.mark.engine

ANA = "ana@example.test"
RENAMED = "update people set name = 'Somebody Else' where sub = 'auth0|ana'"


def test_a_reset_brings_the_seed_back_while_the_product_serves(stage: Stage, sign_in: SignIn, engine: Engine) -> None:
    headers = sign_in(ANA, scope="read:account").headers
    psql(stage, RENAMED)
    with stage.http("mail") as mail:
        letter = {"From": {"Email": "a@example.test"}, "To": [{"Email": "b@example.test"}], "Subject": "x", "Text": "x"}
        assert mail.post("/api/v1/send", json=letter).status_code == 200
    before = started(engine, stage)
    with asked(stage) as statuses:
        done = stage.stagekit("reset")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reset: database" in done.stdout
    # A connection tried in the moment of the renames is an answer that says so, never a broken one.
    assert len(statuses) > 10 and set(statuses) <= {200, 503}, statuses
    with stage.http("api", headers=headers) as api:
        assert api.get("/ready").status_code == 200
        assert api.get("/me").json()["name"] == "Ana Lindqvist"
    with stage.http("mail") as mail:
        assert mail.get("/api/v1/messages").json()["total"] == 0
    assert started(engine, stage) == before


def test_a_snapshot_is_put_back_while_the_product_serves(stage: Stage, sign_in: SignIn, engine: Engine) -> None:
    headers = sign_in(ANA, scope="read:account").headers
    before = started(engine, stage)
    kept = stage.stagekit("snapshot", "before-rename")
    assert kept.returncode == 0, kept.stderr
    try:
        psql(stage, RENAMED)
        with asked(stage) as statuses:
            done = stage.stagekit("restore", "before-rename", "--confirm", "local")
    finally:
        gone = stage.stagekit("snapshots", "rm", "before-rename")
    assert done.returncode == 0, done.stdout + done.stderr
    assert gone.returncode == 0 and "before-rename" not in stage.stagekit("snapshots").stdout
    assert set(statuses) <= {200, 503}, statuses
    with stage.http("api", headers=headers) as api:
        assert api.get("/me").json()["name"] == "Ana Lindqvist"
    assert started(engine, stage) == before


def test_more_of_the_seed_and_less_again(stage: Stage) -> None:
    more = stage.stagekit("seed", "--scale", "2", "--yes")
    assert more.returncode == 0, more.stdout + more.stderr
    assert people(stage) == 60 + 32
    assert "scale 2" in stage.stagekit("seed", "status").stdout
    less = stage.stagekit("seed", "--scale", "1", "--yes")
    assert less.returncode == 0, less.stdout + less.stderr
    assert people(stage) == 60


def psql(stage: Stage, text: str) -> str:
    done = stage.stagekit("psql", "--", "-At", "-c", text)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def people(stage: Stage) -> int:
    return int(psql(stage, "select count(*) from people"))


def started(engine: Engine, stage: Stage) -> set[str]:
    """Each container of the stage that runs, and when it was started."""
    ids = docker(engine, stage, "compose", "ps", "--quiet").split()
    return set(docker(engine, stage, "inspect", "--format", "{{.Name}} {{.State.StartedAt}}", *ids).splitlines())


def docker(engine: Engine, stage: Stage, *words: str) -> str:
    env = {**os.environ, **engine.env, "DOCKER_HOST": engine.host}
    command = [engine.docker, *words]
    return subprocess.run(command, cwd=stage.directory, env=env, capture_output=True, text=True, check=True).stdout


@contextmanager
def asked(stage: Stage) -> Iterator[list[int]]:
    """Asks the product one question after the other for the length of a block; the statuses of the answers."""
    over, statuses, failed = threading.Event(), list[int](), list[Exception]()

    def ask() -> None:
        try:
            with stage.http("api") as api:
                while not over.is_set():
                    statuses.append(api.get("/plans").status_code)
        except Exception as problem:
            failed.append(problem)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield statuses
    finally:
        over.set()
        asking.join()
    assert not failed, failed
