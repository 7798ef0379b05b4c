"""The verbs of a stage at its host: promoted for real, looked at, held, gone back on."""

from __future__ import annotations

import pytest

from tests.remote.promote_fixtures import SmallStage

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def first(small_stage: SmallStage) -> str:
    """What the first promotion said."""
    done = small_stage.there("promote", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_promotion_ends_with_the_addresses_and_what_to_type_next(first: str, small_stage: SmallStage) -> None:
    head, _, ending = first.partition(" serves as release 1. ")
    assert head.endswith(small_stage.git("rev-parse", "--short=7", "HEAD"))
    assert f"http://{small_stage.authority}" in ending
    assert ending.rstrip().endswith("go back with `stagekit rollback --stage rehearsal`")


def test_nothing_to_do_names_the_release_that_serves(first: str, small_stage: SmallStage) -> None:
    serving = small_stage.git("rev-parse", "--short=7", "HEAD")
    done = small_stage.there("promote", "--yes")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"rehearsal: {serving} serves, nothing to do"


def test_a_rollback_tells_its_own_requests_and_seconds(first: str, small_stage: SmallStage) -> None:
    small_stage.edit('VERSION = "one"', 'VERSION = "two"')
    small_stage.commit("two")
    done = small_stage.promote()
    assert done.returncode == 0 and small_stage.page().startswith("two"), done.stdout + done.stderr
    back = small_stage.there("rollback", "--yes")
    assert back.returncode == 0 and small_stage.page().startswith("one"), back.stdout + back.stderr
    # Its smoke checks were asked through the edge: at least those are its own.
    line = next(line for line in back.stdout.splitlines() if " serves as release 1. " in line)
    assert line.endswith("requests during the switch, 0 failed.") and "; 0 requests" not in line
