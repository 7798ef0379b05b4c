"""A promotion that is killed or cut off at every moment: old or new serves, and the next command puts all right."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import count

import pytest

from tests.remote.promote_fixtures import SmallStage
from tests.support.load import Load

pytestmark = [pytest.mark.engine, pytest.mark.faults]

STATE = """
docker ps --all --format '{{.Names}} {{.Image}} {{.State}}' | sort
edge=$(docker ps --quiet --filter label=com.docker.compose.service=edge)
docker exec "$edge" cat /edge/conf/20-backends.cfg
docker exec "$edge" bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; echo show stat >&3; cat <&3' | cut -d, -f1,18 | grep ^app,
ls /home/deploy/.local/state/stagekit/*/* | grep -v release-
ls -d /tmp/stagekit* 2>/dev/null
"""


def ended_at(stage: SmallStage, how: str, moment: int) -> tuple[int, str]:
    """A promotion that ends so at that moment: its exit code, and what it said."""
    words = [sys.executable, "-m", "tests.support.end_at", str(stage.folder), stage.name, str(moment), how]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=180)
    return done.returncode, done.stdout + done.stderr


def state(stage: SmallStage) -> str:
    """What runs there and where the edge leads, without the numbers that only grow, nor which slot it is."""
    said = stage.host.run("sh", "-c", STATE).stdout
    lines = [re.sub(r"-\d+\b", "-N", line.removesuffix(" (resolution)")) for line in said.splitlines()]
    return "\n".join(sorted(lines))


def is_told(how: str, code: int, said: str) -> bool:
    """Whether somebody whose promotion ended so knows what happened, and what to type."""
    return code == -9 if how == "kill" else code == 1 and "[host-lost]" in said and "run the same command again" in said


@pytest.mark.parametrize("how", ["kill", "cut"])
def test_a_promotion_that_ends_at_any_moment_is_put_right_by_the_next(small_stage: SmallStage, how: str) -> None:
    for serves in ("before", "undisturbed"):
        small_stage.configure(NAME=serves)
        assert small_stage.promote().returncode == 0
    wanted = state(small_stage)
    for moment in count():
        small_stage.configure(NAME=f"{how}{moment}")
        with Load(small_stage.port, small_stage.authority, ["/"], slow="/slow", gentle=True) as load:
            code, said = ended_at(small_stage, how, moment)
            page = small_stage.page()
            assert page in (f"one {serves}", f"one {how}{moment}"), said
            if over := f"moments {moment}" in said:
                break
            assert is_told(how, code, said), said
            # The next command promotes what serves: all that there is to do is to heal.
            serves = page.removeprefix("one ")
            small_stage.configure(NAME=serves)
            done = small_stage.there("promote", "--yes")
            assert done.returncode == 0, f"after {said}:\n{done.stdout}{done.stderr}"
            assert "was cut off; " in done.stdout and "nothing to do" in done.stdout, done.stdout
            assert small_stage.page() == page, said
        assert load.tally.failed == 0, f"after {said}: {load.tally.failures} {load.tally.answered}"
        assert (found := state(small_stage)) == wanted, f"after {said}: {found}\n\nwanted: {wanted}"
    assert over and code == 0 and moment > 20
    assert page == f"one {how}{moment}" and load.tally.failed == 0
