from __future__ import annotations

from collections.abc import Iterator

import pytest
from backend_fakes import World
from fastapi.testclient import TestClient

from shop.api import create_app


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(create_app(world.doors())) as client:
        yield client
