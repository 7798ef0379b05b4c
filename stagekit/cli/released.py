"""A release where Compose can read it: its own definition from the host's records, not the checkout's files."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Opened:
    """A release where Compose can read it; `definitions` and `alone` are those of a Target."""

    model: Model
    compose: ComposeDoor
    definitions: Mapping[str, str]
    alone: Mapping[str, str]


@dataclass
class Releases:
    """Releases that are opened once each, as it takes a while.

    host    the address of the host's engine
    folder  a private one, for their files
    pool    opens them beside other work
    """

    engine: Engine
    host: str
    folder: Path
    pool: Executor
    _opened: dict[tuple[int, str], Future[Opened]] = field(default_factory=dict, init=False)

    def begin(self, release: Release) -> Future[Opened]:
        """Begins to open a release, unless that has begun already."""
        key = (release.number, release.model)
        if key not in self._opened:
            self._opened[key] = self.pool.submit(self._open, release)
        return self._opened[key]

    def opened(self, release: Release) -> Opened:
        """The release, once it is open."""
        return self.begin(release).result()

    def _open(self, release: Release) -> Opened:
        model, compose = open_release(self.engine, self.host, release, self.folder)
        return Opened(model, compose, *definitions_of(self.engine, self.host, release, self.folder, compose))


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
