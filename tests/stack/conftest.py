"""What the stack tests share: base images by name, whatever source they come from."""

from __future__ import annotations

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import Place, open_engine, open_place
from stagekit.cli.sources import decide_images, prepare_packages
from stagekit.images.drop_ins import VARIABLES


@pytest.fixture(scope="session")
def place(engine: Engine, test_checkout) -> Place:  # type: ignore[no-untyped-def]
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
