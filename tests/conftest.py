"""Fixtures of the kit's own tests: a real engine, and a stage that nobody else uses."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine, ensure_engine
from stagekit.cli.place import Place, open_engine, open_place
from stagekit.cli.sources import decide_images, prepare_packages
from stagekit.images.drop_ins import VARIABLES
from stagekit.testing.stage import run_stagekit
from tests.support.checkout import copy_checkout

ROOT = Path(__file__).resolve().parent.parent
# Whatever started the tests may ignore ^C, as a shell does for what runs in its background; what tests start must not.
signal.signal(signal.SIGINT, signal.default_int_handler)


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
def place(engine: Engine, test_checkout: Path) -> Place:
    """The test checkout with its image source decided and its base images there."""
    door = open_engine(engine)
    found = decide_images(open_place(test_checkout), engine, door)
    if found.images == "packages":
        prepare_packages(found, engine, door)
    return found


@pytest.fixture(scope="session")
def bases(place: Place) -> dict[str, str]:
    """Each third-party image by its variable, such as PYTHON_IMAGE, from the source that this checkout uses."""
    official = {
        "PYTHON_IMAGE": "python:3.13.5-slim",
        "NODE_IMAGE": "node:22.23.3-slim",
        "NGINX_IMAGE": "nginx:1.28.0",
        "HAPROXY_IMAGE": "haproxy:3.0.11",
        "POSTGRES_IMAGE": "postgres:17.12",
    }
    return dict(VARIABLES) if place.images == "packages" else official


@pytest.fixture(scope="session")
def python_image(bases: dict[str, str]) -> str:
    """An image with Python and a shell."""
    return bases["PYTHON_IMAGE"]


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
