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


def end_at(stage: SmallStage, how: str, moment: int) -> str:
    """A promotion that ends so at that moment; what it said."""
    words = [sys.executable, "-m", "tests.support.end_at", str(stage.folder), stage.name, how, str(moment)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=180).stdout


def state(stage: SmallStage) -> list[str]:
    """What runs there, without the numbers that only grow."""
    said = stage.host.run("docker", "ps", "--all", "--format", "{{.Names}} {{.Image}} {{.State}}").stdout
    return sorted(re.sub(r"-\d+ ", " ", line) for line in said.splitlines())


@pytest.mark.parametrize("how", ["kill", "cut"])
def test_a_promotion_that_ends_at_any_moment_is_put_right_by_the_next(small_stage: SmallStage, how: str) -> None:
    assert small_stage.promote().returncode == 0
    was = small_stage.page().split()[0]
    moments = 0
    for moment in count():
        now = f"{how}{moment}"
        small_stage.edit(f'VERSION = "{was}"', f'VERSION = "{now}"')
        small_stage.commit(now)
        small_stage.build()
        with Load(small_stage.port, small_stage.authority, ["/", "/", "/", "/slow"]) as load:
            said = end_at(small_stage, how, moment)
            assert small_stage.page() in (f"{was} small", f"{now} small"), said
            done = small_stage.there("promote", "--yes")
            assert done.returncode == 0, f"after {said}:\n{done.stdout}{done.stderr}"
            assert small_stage.page() == f"{now} small", said
        assert load.tally.failed == 0, f"after {said}: {load.tally.failures} {load.tally.answered}"
        names = [line.split()[0] for line in state(small_stage)]
        assert len(names) == len(set(names)) == 5, (said, names)
        assert not small_stage.host.run("sh", "-c", "ls /home/deploy/.local/state/stagekit/*/*/journal.json").ok
        was = now
        if "moments" in said:
            moments = moment
            break
    assert moments > 10
