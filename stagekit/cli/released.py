"""A release where Compose can read it: its own definition from the host's records, not the checkout's files."""

from __future__ import annotations

from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.compose import Model, parse
from stagekit.doors.compose import ComposeDoor
from stagekit.release import Release


def open_release(engine: Engine, host: str, release: Release, folder: Path) -> tuple[Model, ComposeDoor]:
    """The model of a release, and Compose for it at a host.

    host    the address of the host's engine
    folder  a private one, for the definition's file
    """
    file = folder / f"release-{release.number}.json"
    file.write_text(release.model, encoding="utf-8")
    compose = ComposeDoor(
        docker=engine.docker,
        host=host,
        directory=folder,
        files=[file],
        project=release.project,
        variables={**engine.env, "DOCKER_HOST": host},
    )
    return parse(release.model, directory=str(folder), files=(str(file),), sources={}), compose
