"""Promotion on a real host, under load: what is promoted serves, what fails changes nothing, nothing is lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.remote.promote_fixtures import SmallStage
from tests.support.load import Load, Tally

pytestmark = pytest.mark.engine

PATHS = ["/", "/", "/", "/", "/", "/", "/", "/slow"]
VERSION = re.compile(r'VERSION = "(\w+)"')
FINE = 'WRONG = ""'


@contextmanager
def loaded(stage: SmallStage) -> Iterator[Tally]:
    """Constant load on the page for the length of a block, none of which may be lost."""
    with Load(stage.port, stage.authority, PATHS) as load:
        yield load.tally
    assert load.tally.failed == 0, f"{load.tally.failures} {load.tally.answered}"
    assert load.tally.requests > 500


@pytest.fixture(scope="module")
def served(small_stage: SmallStage) -> SmallStage:
    """The small product, promoted once."""
    done = small_stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    return small_stage


@pytest.fixture
def stage(served: SmallStage) -> Iterator[SmallStage]:
    """The stage, whose product is as it was before afterwards."""
    text = (served.folder / "app.py").read_text()
    yield served
    (served.folder / "app.py").write_text(text)
    served.commit()


def containers(stage: SmallStage) -> list[str]:
    return sorted(stage.host.run("docker", "ps", "--all", "--format", "{{.Names}} {{.ID}}").stdout.split("\n"))


def change(stage: SmallStage, version: str, wrong: str = "") -> None:
    now = VERSION.search((stage.folder / "app.py").read_text())
    assert now
    stage.edit(f'VERSION = "{now.group(1)}"', f'VERSION = "{version}"')
    if wrong:
        stage.edit(FINE, f'WRONG = "{wrong}"')
    stage.commit(version)


def test_the_first_promotion_brings_the_stage_up(served: SmallStage) -> None:
    assert served.page() == "one small"


def test_promoting_what_serves_changes_nothing(stage: SmallStage) -> None:
    before = containers(stage)
    done = stage.there("promote", "--yes")
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stdout
    assert containers(stage) == before


def test_a_changed_line_is_promoted_with_no_request_lost_and_rolled_back_the_same_way(stage: SmallStage) -> None:
    change(stage, "two")
    with loaded(stage):
        done = stage.promote()
        assert done.returncode == 0, done.stdout + done.stderr
        assert stage.page() == "two small"
        back = stage.there("rollback", "--yes")
        assert back.returncode == 0, back.stdout + back.stderr
        assert stage.page() == "one small"
    told = json.loads(stage.there("releases", "--json").stdout)
    newest = told["releases"][0]
    assert newest["course"]["bytes"] < 200_000
    assert newest["course"]["failed"] == 0
    assert told["serving"] == newest["number"] - 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("crash", "web is not ready: it exited"),
        ("hungry", "web is not ready: it was killed because it needed more memory than its limit of 160 MiB"),
        ("never", "web is not ready: its health check fails"),
        ("smoke", "a smoke check failed before traffic moves"),
        ("once", "once did not finish: it exited with 1"),
    ],
)
def test_a_failing_promotion_keeps_what_served_serving(stage: SmallStage, wrong: str, told: str) -> None:
    change(stage, f"bad{wrong}", wrong)
    with loaded(stage):
        done = stage.promote()
        assert stage.page() == "one small"
    assert done.returncode == 4, done.stdout + done.stderr
    assert told in done.stderr, done.stdout + done.stderr
    assert "serves as before" in done.stderr
    names = [line.split()[0] for line in containers(stage) if line]
    assert sum("-web-" in name for name in names) == 1
    assert sum("-worker-" in name for name in names) == 1


def test_a_route_added_to_the_edge_closes_no_connection(stage: SmallStage) -> None:
    names = stage.folder / "edge" / "30-names.cfg"
    text = names.read_text()
    more = '    http-request return status 200 content-type text/plain string "more" if { path /more }\n'
    try:
        names.write_text(text.replace("    use_backend", f"{more}    use_backend"))
        with loaded(stage):
            done = stage.promote()
            assert done.returncode == 0, done.stdout + done.stderr
            assert stage.page("/more") == "more"
        assert "reload" in done.stdout
    finally:
        names.write_text(text)
        stage.promote()


def test_of_two_promoters_one_wins_and_the_other_is_told_who(stage: SmallStage) -> None:
    change(stage, "both")
    stage.build()
    words = [sys.executable, "-m", "tests.support.end_at", str(stage.folder), stage.name, "9999", "kill"]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    codes = [process.returncode for process in both]
    assert codes.count(0) == 1, said
    loser = said[codes.index(next(code for code in codes if code))]
    assert "under way" in loser or "has changed" in loser
    assert stage.page() == "both small"
