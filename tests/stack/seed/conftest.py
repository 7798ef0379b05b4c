"""A Postgres of these tests' own, an empty database for each test, and a seed to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from testcontainers.core.container import DockerContainer

from stagekit_seed import database
from tests.stack.seed.project import Project

_numbers = count(1)


@pytest.fixture(scope="package")
def server(bases: dict[str, str]) -> Iterator[str]:
    """The address of a server, without a database's name."""
    container = DockerContainer(bases["POSTGRES_IMAGE"]).with_env("POSTGRES_USER", "app")
    with container.with_env("POSTGRES_PASSWORD", "app").with_exposed_ports(5432) as started:
        host, port = started.get_container_host_ip(), started.get_exposed_port(5432)
        url = f"postgresql://app:app@{host}:{port}"
        database.connect({"DATABASE_URL": f"{url}/app"}, seconds=60).close()
        yield url


@pytest.fixture
def new_database(server: str) -> Callable[[], str]:
    """Makes an empty database and gives its address."""

    def make() -> str:
        name = f"seed_{next(_numbers)}"
        with psycopg.connect(f"{server}/app", autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return f"{server}/{name}"

    return make


@pytest.fixture
def project(new_database: Callable[[], str], tmp_path: Path) -> Project:
    """An empty database and the folder of a seed for it."""
    return Project(new_database(), tmp_path / "seed")
