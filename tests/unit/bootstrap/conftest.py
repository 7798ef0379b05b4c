"""The bootstrap's unit tests: no engine, no network, no clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrap_fakes import FakeMachine


@pytest.fixture
def fake(tmp_path: Path) -> FakeMachine:
    """A bare Linux machine, root, nothing installed."""
    return FakeMachine(tmp_path)
