"""Fixtures of the kit's own tests: a real engine, and a stage that nobody else uses."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine, ensure_engine
from stagekit.testing.stage import run_stagekit
from tests.support.checkout import copy_checkout

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The Docker engine; set up where the machine has none. A test that needs it fails when there is none."""
    found = ensure_engine(interactive=False, ask=lambda _: True, say=lambda step, text: print(step, text))
    os.environ.update(found.env)
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # its image would need a registry
    return found


@pytest.fixture(scope="session")
def test_checkout(engine: Engine) -> Path:
    """A copy of this checkout with its own project, port and volumes."""
    return copy_checkout(ROOT, ROOT / ".stagekit" / "test")


@pytest.fixture(scope="session")
def staging_local(test_checkout: Path) -> Iterator[str]:
    """What `make staging-local` printed, run as the README says; the stage it made lives for the session."""
    run_stagekit(test_checkout, "down", "--volumes")
    done = subprocess.run(["make", "staging-local"], cwd=test_checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"make staging-local failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    yield done.stdout
    run_stagekit(test_checkout, "down", "--volumes")


@pytest.fixture(scope="session")
def stage_directory(engine: Engine, request: pytest.FixtureRequest) -> Path:
    """The stage that the plugin's fixtures read: one of the tests' own, or that of `--stage-directory`."""
    chosen: Path | None = request.config.getoption("--stage-directory")
    if chosen is None:
        request.getfixturevalue("staging_local")
    return chosen.resolve() if chosen else request.getfixturevalue("test_checkout")
