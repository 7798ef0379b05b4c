"""A release whose service listens on another port: the old one serves on its own until traffic has moved."""

from __future__ import annotations

import pytest

from tests.remote.promote_fixtures import SmallStage
from tests.support.load import Load

pytestmark = pytest.mark.engine

PATHS = ["/", "/", "/", "/", "/slow"]
BACKENDS = "edge/20-backends.cfg"


def promoted(stage: SmallStage, version: str) -> None:
    """Promotes what is there under load, and loses nothing."""
    stage.commit(version)
    with Load(stage.port, stage.authority, PATHS) as load:
        done = stage.promote()
        assert done.returncode == 0, done.stdout + done.stderr
        assert stage.page() == f"{version} small"
    assert load.tally.failed == 0, f"{version}: {load.tally.failures} {load.tally.answered}\n{done.stdout}"


def test_a_port_that_changes_loses_no_request_nor_does_what_comes_after(small_stage: SmallStage) -> None:
    stage = small_stage
    assert stage.promote().returncode == 0
    ports = stage.folder / BACKENDS
    ports.write_text(ports.read_text().replace("8000", "8001"))
    stage.edit('Server(("", 8000), Page)', 'Server(("", 8001), Page)')
    stage.edit("127.0.0.1:8000/health", "127.0.0.1:8001/health")
    stage.edit('VERSION = "one"', 'VERSION = "two"')
    promoted(stage, "two")
    stage.edit('VERSION = "two"', 'VERSION = "three"')
    promoted(stage, "three")
    back = stage.there("rollback", "1", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert stage.page() == "one small"
