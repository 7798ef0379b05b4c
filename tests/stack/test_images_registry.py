"""The `registry` source: the official names, fetched from a registry that has them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.engine import EngineDoor
from tests.support.drop_ins import Lab
from tests.support.registry import Registry, start_registry

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
OFFICIAL = {
    "mailpit": ("axllent/mailpit:v1.30.5", "mailpit"),
    "postgres": ("postgres:17.12", "postgres"),
    "stripe-mock": ("stripe/stripe-mock:v0.197.0", "stripe-mock"),
}
HAPROXY = "haproxy:3.0.11"


@pytest.fixture(scope="module")
def lab(drop_ins: None) -> Iterator[Lab]:
    """Containers that live for this module."""
    made = Lab()
    yield made
    made.close()


@pytest.fixture(scope="module")
def registry(lab: Lab, engine: Engine) -> Registry:
    """Offers drop-ins under the names that compose.yaml and the Dockerfiles have."""
    found = start_registry(lab, engine.docker)
    for name, drop_in in [*OFFICIAL.values(), (HAPROXY, "haproxy")]:
        found.offer(name, drop_in)
    return found


@pytest.fixture
def compose(registry: Registry, engine: Engine) -> ComposeDoor:
    """The product's own definition at the second engine, with images from the registry."""
    return ComposeDoor(
        docker=engine.docker,
        host=registry.host,
        directory=ROOT,
        files=[ROOT / "compose.yaml"],
        project="stagekit-test-registry",
        variables={**engine.env, "DOCKER_HOST": registry.host, "HAPROXY_IMAGE": HAPROXY},
    )


def test_pull_fetches_the_official_names_from_the_registry(registry: Registry, compose: ComposeDoor, lab: Lab) -> None:
    list(compose.pull(list(OFFICIAL)))

    second = EngineDoor(registry.host)
    for official, drop_in in OFFICIAL.values():
        assert (second.image(official) or {})["RootFS"]["Layers"] == lab.layer_ids(drop_in)


def test_a_registry_that_has_the_image_answers_and_one_that_has_not_does_not(registry: Registry) -> None:
    second = EngineDoor(registry.host)

    assert second.registry_answers("postgres:17.12")
    assert not second.registry_answers("stagekit-test/nowhere:1")


def test_an_image_of_our_own_is_built_on_an_official_base_from_the_registry(compose: ComposeDoor, lab: Lab) -> None:
    list(compose.build(["edge-files"]))

    built = EngineDoor(compose.environment()["DOCKER_HOST"]).image("stagekit-test-registry/edge-files")
    base = lab.layer_ids("haproxy")
    assert (built or {})["RootFS"]["Layers"][: len(base)] == base


def test_an_image_that_no_registry_has_fails_and_is_named(compose: ComposeDoor) -> None:
    with pytest.raises(ComposeFailed, match="prefect"):
        list(compose.pull(["prefect"]))


def test_the_first_engine_is_left_alone(registry: Registry, engine: Engine) -> None:
    assert registry.host not in (engine.host, os.environ.get("DOCKER_HOST"))
    assert EngineDoor(engine.host).image(f"{registry.address}/library/postgres:17.12") is None
