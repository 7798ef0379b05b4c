"""The bootstrap's unit tests: no engine, no network, no clock."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bootstrap_fakes import FakeMachine  # noqa: E402  (the line above makes it importable)


@pytest.fixture
def fake(tmp_path: Path) -> FakeMachine:
    """A bare Linux machine, root, nothing installed."""
    return FakeMachine(tmp_path)
