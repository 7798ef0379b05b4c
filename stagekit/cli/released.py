"""A release where Compose can read it: its own definition from the host's records, not the checkout's files."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.compose import Model, parse
from stagekit.doors.compose import ComposeDoor
from stagekit.release import Release
from stagekit.release.definition import alone


def open_release(engine: Engine, host: str, release: Release, folder: Path) -> tuple[Model, ComposeDoor]:
    """The model of a release, and Compose for it at a host.

    host    the address of the host's engine
    folder  a private one, for the definition's file
    """
    file = folder / f"release-{release.number}.json"
    file.write_text(release.model, encoding="utf-8")
    model = parse(release.model, directory=str(folder), files=(str(file),), sources={})
    return model, _compose(engine, host, release, file)


def definitions_of(
    engine: Engine, host: str, release: Release, folder: Path, compose: ComposeDoor
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Compose's hash of each service of a release: as it is defined, and as it is where it is started alone."""
    file = folder / f"release-{release.number}-alone.json"
    file.write_text(alone(release.model), encoding="utf-8")
    with ThreadPoolExecutor(1) as pool:
        loose = pool.submit(_compose(engine, host, release, file).definitions)
        return compose.definitions(), loose.result()


def _compose(engine: Engine, host: str, release: Release, file: Path) -> ComposeDoor:
    return ComposeDoor(
        docker=engine.docker,
        host=host,
        directory=file.parent,
        files=[file],
        project=release.project,
        variables={**engine.env, "DOCKER_HOST": host},
    )
