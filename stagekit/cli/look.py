"""What the verbs that look share: the place, its engine, its model, and what is known of the stage."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import host_of
from stagekit.cli.place import LOCAL, Place, open_compose, open_engine, open_place, read_model
from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.errors import UsageError
from stagekit.release import Release


@dataclass(frozen=True)
class Look:
    """A place with its doors open and its model read.

    model, compose  of the checkout's files; at a host, of the release that serves there
    release         that release
    """

    place: Place
    engine: Engine
    door: EngineDoor
    compose: ComposeDoor
    model: Model
    release: Release | None = None


def look(directory: Path) -> Look:
    """Opens everything a looking verb needs on this machine."""
    return look_here(open_place(directory))


def look_here(place: Place) -> Look:
    """A stage of this machine."""
    engine = engine_here(place)
    compose = open_compose(place, engine)
    return Look(place, engine, open_engine(engine), compose, read_model(place, compose))


def place_of(arguments: argparse.Namespace) -> Place:
    """The place that the words are about. A stage that `--stage` names has a host, unless it is this machine's own.

    Raises HostError where it has none: what runs here would pass for what runs there.
    """
    place = open_place(arguments.project_directory, stage=arguments.stage)
    if arguments.stage and arguments.stage != LOCAL:
        host_of(place)
    return place


def known_service(model: Model, name: str) -> str:
    """The name, when the model has such a service. Raises UsageError that lists them."""
    if name not in model.services:
        raise UsageError(f"there is no service {name!r}", next=f"name one of: {', '.join(model.services)}")
    return name
