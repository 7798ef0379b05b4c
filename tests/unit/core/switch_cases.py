"""A product of seven services, what runs of it, and the plans of switching it: what the tests of plans share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core_fakes import build, container, model, service

from stagekit.compose import Block, Model
from stagekit.compose.model import Mount
from stagekit.database import Pending, Schema
from stagekit.promote.switch import plan_switch
from stagekit.promote.target import Target
from stagekit.stage import Container, Observation
from stagekit.stage.routes import EdgeSeen, Routes, Server

BLOCK = Block.model_validate(
    {
        "version": 1,
        "edge": {"service": "edge"},
        "names": {"api": {"service": "backend"}, "mail": {"service": "mailpit"}},
        "migrations": {"service": "migrate"},
        "switch": {"worker": {"how": "handover"}},
        "smoke": [{"name": "api", "path": "/ready"}],
    }
)
KEPT = Routes({"api": Server("shop-backend-1", 8000), "mail": Server("mailpit", 8025)})
PENDING = Pending("0001", "0002", (), 18_000_000)
EDGE = EdgeSeen(KEPT, {"api": "shop-backend-1", "mail": "mailpit"})


def product() -> Model:
    return model(
        service("postgres", mounts=(Mount("volume", "data", "/data"),)),
        service("edge-files"),
        service("edge", done=["edge-files"]),
        service("mailpit", mounts=(Mount("volume", "mail", "/data"),)),
        service("migrate", after=["postgres"], probed=False),
        service("backend", after=["postgres"], done=["migrate"], build=build()),
        service("worker", after=["postgres"], build=build()),
        block=BLOCK,
    )


def target(found: Model, **changed: str) -> Target:
    """A release whose services have the definitions that run, but for those that changed; recorded if none has."""
    definitions = {name: changed.get(name, f"hash-{name}") for name in found.services}
    return Target(found, definitions, recorded=not changed)


def running(found: Model, *more: Container, without: str = "") -> Observation:
    ended: Mapping[str, Any] = {"status": "exited", "health": None}
    ones = [
        container(name, **(ended if name in found.one_shots() else {})) for name in found.services if name != without
    ]
    return Observation((*ones, *more))


def asked(found: Model, schema: Schema, *, back: bool = False, **changed: str) -> list[str]:
    """The plan's lines where the database stands like this."""
    wanted = replace(target(found, **changed), schema=schema, back=back, snapshot="before-2")
    return lines(wanted, running(found))


def lines(found: Target, seen: Observation, edge: EdgeSeen = EDGE) -> list[str]:
    return plan_switch(found, seen, edge).lines()
