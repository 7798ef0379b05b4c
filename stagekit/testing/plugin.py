"""The pytest plugin: `pytest --stage=local` runs the same tests against any stage.

Fixtures: `stage`, `sign_in`, `mailbox`, `rehearsal_host`. Mark a test `needs("mail")` to have it skipped, with the
reason, on a stage that cannot do that. Tests are destructive unless marked `safe`; only `local` and `rehearsal` run
destructive ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stagekit.testing.mailbox import Mailbox
    from stagekit.testing.rehearsal import RehearsalHost
    from stagekit.testing.sign_in import SignIn
    from stagekit.testing.stage import Stage

OWN_STAGES = ("local", "rehearsal")
TESTED: pytest.StashKey[Stage] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares `--stage`."""
    group = parser.getgroup("stagekit")
    group.addoption("--stage", default="local", metavar="NAME", help="the stage that tests run against (local)")
    group.addoption("--stage-directory", type=Path, metavar="DIR", help="its project's folder (pytest's root folder)")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marks."""
    config.addinivalue_line("markers", "needs(capability, …): skipped on a stage that lacks one of these")
    config.addinivalue_line("markers", "safe: changes nothing on the stage, so a shared stage allows it")


@pytest.fixture(scope="session")
def stage_directory(pytestconfig: pytest.Config) -> Path:
    """The project whose stage is tested: pytest's root folder. Override it to test another."""
    chosen: Path | None = pytestconfig.getoption("--stage-directory")
    return chosen.resolve() if chosen else pytestconfig.rootpath


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """After a run without a failure, records which tests passed on which images."""
    counts = {kind: len(terminalreporter.stats.get(kind, ())) for kind in ("passed", "failed", "error", "skipped")}
    tested = config.stash.get(TESTED, None)
    if tested is None or counts["failed"] or counts["error"] or not counts["passed"]:
        return
    from stagekit.testing.evidence import record

    name = record(tested, passed=counts["passed"], skipped=counts["skipped"], now=datetime.now(UTC))
    terminalreporter.write_line(f"evidence: {name}")


@pytest.fixture(scope="session")
def running_stage(stage_directory: Path, pytestconfig: pytest.Config) -> Stage:
    """The stage, looked at once a session; fails where it is not healthy or is not the one asked for."""
    from stagekit.testing.stage import read_stage

    wanted = pytestconfig.getoption("--stage")
    found = read_stage(stage_directory, None if wanted == "local" else wanted)
    assert found.name == wanted, f"--stage={wanted} was asked for, and this project's stage is {found.name}"
    pytestconfig.stash[TESTED] = found
    return found


@pytest.fixture
def stage(running_stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """The stage: addresses, users, capabilities."""
    if running_stage.name not in OWN_STAGES and request.node.get_closest_marker("safe") is None:
        pytest.fail(f"{running_stage.name} is shared, and this test is not marked safe", pytrace=False)
    needed = {name for mark in request.node.iter_markers("needs") for name in mark.args}
    missing = sorted(needed - running_stage.capabilities)
    if missing:
        pytest.skip(f"{running_stage.name} has no {', '.join(missing)}")
    return running_stage


@pytest.fixture(scope="session")
def rehearsal_host(stage_directory: Path) -> Iterator[RehearsalHost]:
    """A throw-away host with a Docker engine of its own, reached over SSH; it lives as long as the session."""
    from stagekit.testing.rehearsal import rehearsal

    with rehearsal(stage_directory, "tests") as found:
        yield found


@pytest.fixture
def mailbox(stage: Stage) -> Iterator[Mailbox]:
    """The mail of the stage."""
    from stagekit.testing.mailbox import Mailbox

    with stage.http("mail") as http:
        yield Mailbox(http)


@pytest.fixture
def sign_in(stage: Stage) -> Iterator[SignIn]:
    """Signs a test user in: `sign_in("ana@example.test").headers` goes with an API call."""
    from stagekit.doors.http import client
    from stagekit.testing.sign_in import SignIn

    people = stage.people
    assert people is not None, "the x-stagekit block has no people"
    with client(people.issuer) if people.issuer else stage.http("auth") as http:
        yield SignIn(http, people.client_id, people.client_secret, people.audience, people.password)
