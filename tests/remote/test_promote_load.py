"""Switches under a load of at least 20,000 requests each, of which none may fail: the long forms of test_promote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle

import pytest

from tests.remote.promote_fixtures import SmallStage
from tests.support.load import LIMIT, Load, Tally
from tests.support.tables import Told

pytestmark = [pytest.mark.engine, pytest.mark.faults]

ENOUGH = 20_000
ROUTE = '    http-request return status 200 content-type text/plain string "more" if { path /more }\n'


@pytest.fixture(scope="module")
def served(small_stage: SmallStage) -> SmallStage:
    """The small product, promoted twice."""
    for name in ("one", "two"):
        small_stage.configure(NAME=name)
        done = small_stage.promote()
        assert done.returncode == 0, done.stdout + done.stderr
    return small_stage


@dataclass
class Loaded:
    """A stage under load: what became of the requests during what is tested, and while nothing went on."""

    stage: SmallStage
    load: Load
    before: Tally
    during: Tally = field(default_factory=Tally)

    def switch(self, verb: str, *words: str, code: int = 0) -> str:
        """A verb that is measured; what it said."""
        with self.load.measured(self.during):
            done = self.stage.there(verb, "--yes", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def enough(self) -> bool:
        """Whether it has met enough requests, or will not any more."""
        return self.during.requests >= ENOUGH or not self.load.goes_on()


@contextmanager
def loaded(stage: SmallStage, told: Told, name: str) -> Iterator[Loaded]:
    """A load for the length of a block, none of which may be lost, with its row of the table."""
    with Load(stage.port, stage.authority, ["/"], slow="/slow") as load:
        found = Loaded(stage, load, load.calm(3000))
        yield found
    told(name, found.before, found.during)
    assert load.tally.failed == 0, f"{load.tally.failures} {load.tally.answered}"
    assert found.during.requests >= ENOUGH, f"the load met only {found.during.requests} requests in {LIMIT:g} s"


def build(stage: SmallStage, now: str, *, wrong: str = "") -> None:
    """Another version of the product, built."""
    path = stage.folder / "app.py"
    lines = path.read_text().splitlines(keepends=True)
    new = {"VERSION": f'VERSION = "{now}"\n', "WRONG": f'WRONG = "{wrong}"\n'}
    path.write_text("".join(new.get(line.split(" = ")[0], line) for line in lines))
    stage.commit(now)
    stage.build()


def test_promotions_lose_nothing(served: SmallStage, told: Told) -> None:
    with loaded(served, told, "promote") as under:
        for number in count():
            build(served, f"v{number}")
            under.switch("promote")
            assert served.page().startswith(f"v{number} ")
            if under.enough():
                break


def test_promotions_that_fail_lose_nothing(served: SmallStage, told: Told) -> None:
    page = served.page()
    with loaded(served, told, "failed promote") as under:
        for wrong in cycle(("crash", "hungry", "never", "smoke", "once")):
            build(served, f"bad{wrong}", wrong=wrong)
            assert "serves as before" in under.switch("promote", code=4)
            assert served.page() == page
            if under.enough() and wrong == "once":
                break
    build(served, page.split()[0])


def test_rollbacks_lose_nothing(served: SmallStage, told: Told) -> None:
    releases = json.loads(served.there("releases", "--json").stdout)["releases"]
    newest, older = (str(release["number"]) for release in releases[:2])
    with loaded(served, told, "rollback") as under:
        for number in cycle((older, newest)):
            under.switch("rollback", number)
            if under.enough() and number == newest:
                break


def test_routes_that_come_and_go_lose_nothing(served: SmallStage, told: Told) -> None:
    path = served.folder / "edge" / "30-names.cfg"
    without = path.read_text()
    more = without.replace("    use_backend", f"{ROUTE}    use_backend")
    with loaded(served, told, "route added, removed") as under:
        for text, answer in cycle(((more, "more"), (without, served.page()))):
            path.write_text(text)
            served.build()
            assert "reload" in under.switch("promote")
            assert served.page("/more") == answer
            if under.enough() and text == without:
                break
