"""Containers that start next to those that serve: made ahead where that is safe, and started once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
from core_fakes import inspected, model, service

from stagekit.compose.model import Model, Text
from stagekit.errors import StagekitError
from stagekit.switching.services import Services

BACKEND, WORKER = inspected("backend"), inspected("worker")
WANTED = {"backend": "shop-backend-2", "worker": "shop-worker-2"}


class Place:
    """An engine, and Compose on it, which makes the next container of a service; what they were asked is in `asked`."""

    def __init__(self, *containers: dict[str, Any], starts: bool = True, makes: bool = True) -> None:
        self.there = list(containers)
        self.asked: list[str] = []
        self._starts, self._makes = starts, makes

    def containers(self, project: str, services: Collection[str] = ()) -> Iterator[dict[str, Any]]:
        return (one for one in self.there if one["Config"]["Labels"]["com.docker.compose.service"] in services)

    def started(self, container: str) -> bool:
        self.asked.append(f"start {container}")
        return self._starts

    def start_beside(self, counts: Mapping[str, int]) -> None:
        self._make("up", counts, "running")

    def make_beside(self, counts: Mapping[str, int]) -> None:
        self._make("make", counts, "created")

    def _make(self, how: str, counts: Mapping[str, int], status: str) -> None:
        self.asked.append(f"{how} {' '.join(f'{name}={count}' for name, count in counts.items())}")
        made = [inspected(name, status, called=f"shop-{name}-2", id=f"{name}-2") for name in counts]
        self.there += made if self._makes else []


def services(place: Place, found: Model | None = None) -> Services:
    shop = found or model(service("backend"), service("worker"))
    return Services(shop, place, place, 300, None, clock=lambda: 0.0, sleep=lambda _: None)  # type: ignore[arg-type]


def test_containers_start_in_one_call() -> None:
    place = Place(BACKEND, WORKER)
    services(place).begin_beside(WANTED)
    assert place.asked == ["up backend=2 worker=2"]


def test_a_container_that_runs_is_not_started_again() -> None:
    place = Place(BACKEND, WORKER, inspected("worker", called="shop-worker-2"))
    services(place).begin_beside(WANTED)
    assert place.asked == ["up backend=2"]
    services(place).begin_beside(WANTED)
    assert place.asked == ["up backend=2"]


def test_what_was_made_ahead_is_started_by_the_engine() -> None:
    place = Place(BACKEND, WORKER)
    services(place).make_beside(WANTED)
    services(place).make_beside(WANTED)
    services(place).begin_beside(WANTED)
    assert place.asked == ["make backend=2 worker=2", "start shop-backend-2", "start shop-worker-2"]


def test_where_the_engine_cannot_start_it_compose_tells_why() -> None:
    place = Place(BACKEND, inspected("backend", "created", called="shop-backend-2"), starts=False)
    services(place).begin_beside({"backend": "shop-backend-2"})
    assert place.asked == ["start shop-backend-2", "up backend=2"]


@pytest.mark.parametrize("key", ["configs", "secrets", "post_start"])
def test_what_compose_does_more_with_as_it_starts_it_is_not_made_ahead(key: str) -> None:
    place = Place(BACKEND, WORKER)
    texts = (Text(("services", "backend", key, "0", "source"), "x"), Text(("services", "worker", "image"), "y"))
    found = model(service("backend"), service("worker"))
    services(place, Model(found.project, "/", (), found.services, texts=texts)).make_beside(WANTED)
    assert place.asked == ["make worker=2"]


def test_a_container_that_compose_did_not_make_is_told() -> None:
    with pytest.raises(StagekitError, match="did not make the container shop-backend-2"):
        services(Place(BACKEND, makes=False)).begin_beside({"backend": "shop-backend-2"})
