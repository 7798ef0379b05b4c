"""The loader is killed at any moment: the database has the old seed or the new one, whole; the next run finishes."""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from tests.stack.seed.project import Project
from tests.support.seeding import command, environment, loader

pytestmark = pytest.mark.engine

KILLS = 12
GROUP = """
def rows(seed):
    for number in range(4000 * seed.scale):
        yield {"id": f"p{number}", "name": "VERSION"}
"""
ORDERS = """
def rows(seed):
    for number in range(4000 * seed.scale):
        yield {"id": number, "person": f"p{number}", "number": number, "cents": len("VERSION")}
"""


def version(project: Project, word: str) -> None:
    project.write("people.py", GROUP.replace("VERSION", word))
    project.write("orders.py", ORDERS.replace("VERSION", word))


def state(project: Project) -> tuple[object, ...]:
    """Names and sums, and what the book-keeping says of them."""
    people = project.ask("SELECT name, count(*) FROM people GROUP BY name")
    orders = project.ask("SELECT cents, count(*) FROM orders GROUP BY cents")
    layers = project.ask("SELECT name, hash, rows FROM stagekit_seed.layers ORDER BY name")
    return people, orders, layers


def test_a_killed_loader_leaves_the_old_or_the_new_state_whole(project: Project) -> None:
    project.shop()
    project.manifest(("base", [], ["people.py people"]), ("more", ["base"], ["orders.py orders"]))
    version(project, "old")
    loader(project.url, project.folder, "--instant", "2026-05-01")
    old = state(project)
    version(project, "newer")
    words = ("--instant", "2026-05-01")
    began = time.monotonic()
    loader(project.url, project.folder, *words)
    whole, took = state(project), time.monotonic() - began
    seen = set()
    chance = random.Random(7)
    for number in range(KILLS):
        version(project, "old")
        assert loader(project.url, project.folder, *words).returncode == 0
        version(project, "newer")
        process = subprocess.Popen(
            command(project.folder, *words), env=environment(project.url), stdout=subprocess.DEVNULL
        )
        # At every part of its time, the last one a little after it.
        time.sleep(took * (number + chance.random()) / (KILLS - 1))
        process.kill()
        process.wait()
        _settle(project)
        found = state(project)
        assert found in (old, whole)
        seen.add(found == whole)
        assert loader(project.url, project.folder, *words).returncode == 0
        assert state(project) == whole
    assert False in seen


def _settle(project: Project) -> None:
    """Until the server has noticed that the loader is gone."""
    end = time.monotonic() + 20
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while project.ask(others) != [(0,)]:
        assert time.monotonic() < end
        time.sleep(0.05)
