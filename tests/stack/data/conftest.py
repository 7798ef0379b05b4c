"""What the tests of data share: one small project with a seed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stagekit.bootstrap import Engine
from tests.support.seeded import Seeded, seeded


@pytest.fixture(scope="package")
def project(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """The small project, up and seeded."""
    with seeded(engine, tmp_path_factory.mktemp("data") / "small") as found:
        yield found


@pytest.fixture
def data(project: Seeded) -> Seeded:
    """The same, with its data as the seed says and no copies."""
    project.done("reset")
    kept = [name.removeprefix("snap_") for name in project.databases() if name.startswith("snap_")]
    if kept:
        project.done("snapshots", "rm", *kept)
    return project
