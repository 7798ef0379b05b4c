"""The host goes down, or its engine does, in the middle of a switch: what serves is right; the next command heals."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stagekit.bootstrap import Engine
from stagekit.bootstrap.rehearsal import Rehearsal
from tests.remote.promote_fixtures import SmallStage
from tests.support.drop_ins import wait_until
from tests.support.load import Load, Tally
from tests.support.tables import Told

pytestmark = [pytest.mark.engine, pytest.mark.faults]

# These tests restart it more often than systemd lets a service restart.
RESTART = "systemctl reset-failed docker; systemctl restart docker"
BEFORE, BETWEEN, AFTER = "end switch web", "edge move", ("end move", "begin stop")


def happening(stage: SmallStage, moment: str, *words: str) -> tuple[int, str]:
    """A promotion in which a command runs at that moment: its exit code, and what it said."""
    call = [sys.executable, "-m", "tests.support.end_at", str(stage.folder), stage.name, moment, *words]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=180)
    return done.returncode, done.stdout + done.stderr


def machine(engine: Engine, stage: SmallStage) -> str:
    """The container that is the stage's host."""
    project = Rehearsal(stage.folder.resolve(), "main").project
    words = ["ps", "--quiet", "--filter", f"label=com.docker.compose.project={project}"]
    return subprocess.run(
        [engine.docker, *words], env=engine.env, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def served(small_stage: SmallStage) -> SmallStage:
    """The small product, promoted once."""
    done = small_stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    return small_stage


@pytest.mark.parametrize("moment", [BEFORE, BETWEEN, *AFTER])
def test_a_host_that_boots_in_the_middle_serves_what_is_right_unaided(
    engine: Engine, served: SmallStage, moment: str
) -> None:
    was, now = served.page(), f"one boot-{moment.replace(' ', '-')}"
    served.configure(NAME=now.removeprefix("one "))
    code, said = happening(served, moment, engine.docker, "restart", "--time", "5", machine(engine, served))
    assert code == 1 and "[host-lost]" in said, said
    wait_until(lambda: served.page() in (was, now), "the stage serves again", seconds=90)
    # The edge's files are the truth: between, they are written, and the running edge was not told yet.
    assert served.page() == (was if moment == BEFORE else now), said
    with Load(served.port, served.authority, ["/"], slow="/slow", gentle=True) as load:
        done = served.there("promote", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "was cut off; " in done.stdout
        assert served.page() == now
    assert load.tally.failed == 0, load.tally.failures
    assert "nothing to do" in served.there("promote", "--yes").stdout


@pytest.mark.parametrize("moment", [BEFORE, BETWEEN, AFTER[0]])
def test_an_engine_that_restarts_in_the_middle_loses_nothing_that_is_established(
    served: SmallStage, moment: str, told: Told
) -> None:
    was, now = served.page(), f"one engine-{moment.replace(' ', '-')}"
    served.configure(NAME=now.removeprefix("one "))
    restart = ["ssh", "-F", str(served.host.config), "-p", str(served.host.target.port), "root@127.0.0.1"]
    with Load(served.port, served.authority, ["/"], slow="/slow", gentle=True) as load:
        before, during = load.calm(), Tally()
        with load.measured(during):
            code, said = happening(served, moment, *restart, RESTART)
        assert served.page() in (was, now), said
        done = served.there("promote", "--yes")
        assert done.returncode == 0, said + done.stdout + done.stderr
        assert served.page() == now
    told(f"engine restarted at {moment}", before, during)
    established = {k: n for k, n in during.failures.items() if k.startswith(("busy", "idle", "slow"))}
    assert (code, established) == (code, {}), said
    assert "nothing to do" in served.there("promote", "--yes").stdout
