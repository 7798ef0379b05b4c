"""What the stack tests share: drop-in images to try, and containers that end with their test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stagekit.bootstrap import Engine
from tests.support.drop_ins import Lab, build_all, have_base


@pytest.fixture(scope="session")
def drop_ins(engine: Engine) -> None:
    """Every drop-in image, under the tests' own names."""
    have_base(engine)
    build_all(engine.docker)


@pytest.fixture
def lab(drop_ins: None) -> Iterator[Lab]:
    """Containers of the drop-ins for one test."""
    made = Lab()
    yield made
    made.close()
