"""Rehearsal hosts of the tests' own: own checkout, so own containers, ports, keys and settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.testing.rehearsal import RehearsalHost, rehearsal
from tests.conftest import ROOT
from tests.remote.delivery_fixtures import delivery_hosts, rig
from tests.remote.promote_fixtures import small_stage
from tests.support.checkout import copy_checkout
from tests.support.openssh import have_openssh
from tests.support.tables import Told, row, table

MEASURED = pytest.StashKey[list[tuple[str, ...]]]()
__all__ = ["delivery_hosts", "rig", "small_stage"]

# An sshd of today turns an address away that failed a few times, and all tests come from one.
NO_PENALTIES = 'echo "PerSourcePenalties no" >/etc/ssh/sshd_config.d/50-tests.conf && systemctl reload ssh'


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """Takes what a fault has cost, for the table at the end of the session."""
    rows = request.config.stash.setdefault(MEASURED, [])
    return lambda name, before, during: rows.append(row(name, before, during))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Shows what was measured under load."""
    if rows := config.stash.get(MEASURED, []):
        terminalreporter.section("faults under load")
        for line in table(rows):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def rehearsal_checkout(engine: Engine) -> Path:
    """A copy of this checkout that only these tests use."""
    have_openssh()
    return copy_checkout(ROOT, ROOT / ".stagekit" / "test-hosts")


@pytest.fixture(scope="session")
def stage_directory(rehearsal_checkout: Path) -> Path:
    """The project that the plugin's `rehearsal_host` belongs to."""
    return rehearsal_checkout


@pytest.fixture(scope="session")
def rehearsal_host(rehearsal_host: RehearsalHost) -> RehearsalHost:
    """The plugin's own, as other projects get it: a host as `host init` leaves one, with Docker."""
    assert rehearsal_host.run("sh", "-c", NO_PENALTIES).ok
    return rehearsal_host


@pytest.fixture(scope="module")
def bare_host(rehearsal_checkout: Path) -> Iterator[RehearsalHost]:
    """A machine as a cloud hands it out: init and sshd."""
    with rehearsal(rehearsal_checkout, "bare", "--bare") as found:
        assert found.run("sh", "-c", NO_PENALTIES).ok
        yield found
