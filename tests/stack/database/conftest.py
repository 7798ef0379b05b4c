"""A Postgres of these tests' own, with a seeded database for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from sqlalchemy import Engine, create_engine, text
from testcontainers.core.container import DockerContainer

from shop import migrate
from shop.database.postgres import PostgresStore
from tests.support.seeding import fill

_numbers = count(1)

Connect = Callable[[str], Engine]


@pytest.fixture(scope="package")
def connect(bases: dict[str, str]) -> Iterator[Connect]:
    """A function from a database's name to an engine on it, in a Postgres of these tests' own."""
    container = (
        DockerContainer(bases["POSTGRES_IMAGE"]).with_env("POSTGRES_USER", "app").with_env("POSTGRES_PASSWORD", "app")
    )
    engines: list[Engine] = []

    def connect(name: str) -> Engine:
        host, port = started.get_container_host_ip(), started.get_exposed_port(5432)
        url = f"postgresql+psycopg://app:app@{host}:{port}/{name}"
        engines.append(create_engine(url, connect_args={"options": "-c timezone=UTC"}, pool_size=8))
        return engines[-1]

    with container.with_exposed_ports(5432) as started:
        migrate.wait_for(connect("app"), seconds=60)
        yield connect
        for each in engines:
            each.dispose()


@pytest.fixture(scope="package")
def template(connect: Connect) -> str:
    """The name of a migrated and seeded database that nobody is connected to."""
    _create(connect, "template_shop", "template0")
    made = connect("template_shop")
    migrate.migrate(made)
    fill(libpq(made))
    made.dispose()
    return "template_shop"


@pytest.fixture
def empty(connect: Connect) -> Engine:
    return connect(_create(connect, f"empty_{next(_numbers)}", "template0"))


@pytest.fixture
def shop(connect: Connect, template: str) -> Engine:
    """A seeded database of this test's own."""
    return connect(_create(connect, f"shop_{next(_numbers)}", template))


@pytest.fixture
def store(shop: Engine) -> PostgresStore:
    return PostgresStore(shop)


def libpq(engine: Engine) -> str:
    """The address of the engine's database, as the seed loader takes it."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _create(connect: Connect, name: str, template: str) -> str:
    with connect("postgres").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return name
