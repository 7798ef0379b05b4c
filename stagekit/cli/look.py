"""What the verbs that look share: the place, its engine, its model and one observation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.place import Place, open_compose, open_engine, open_place, read_model
from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.errors import UsageError


@dataclass(frozen=True)
class Look:
    """A place with its doors open and its model read."""

    place: Place
    engine: Engine
    door: EngineDoor
    compose: ComposeDoor
    model: Model


def look(directory: Path) -> Look:
    """Opens everything a looking verb needs."""
    place = open_place(directory)
    engine = engine_here(place)
    compose = open_compose(place, engine)
    return Look(place, engine, open_engine(engine), compose, read_model(place, compose))


def known_service(model: Model, name: str) -> str:
    """The name, when the model has such a service. Raises UsageError that lists them."""
    if name not in model.services:
        raise UsageError(f"there is no service {name!r}", next=f"name one of: {', '.join(model.services)}")
    return name
