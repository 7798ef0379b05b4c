"""The keeper of certificates, with a clock of the tests' own and an edge that takes what it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import libfaketime
import pytest

from keeper import authority
from keeper.certificate import Refused, read
from keeper.keep import Keeper, Status, is_well
from keeper.settings import Settings
from keeper.settings import read as read_settings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ("app.stage.example", "api.stage.example")
DAY = timedelta(days=1)
KEEPER = Path(__file__).resolve().parents[3] / "stagekit" / "kit" / "certificates"


class FakeEdge:
    """An edge that runs, or does not."""

    def __init__(self) -> None:
        self.pem, self.running, self.offered = "", True, [""]

    def kept(self) -> str:
        return self.pem

    def keep(self, pem: str) -> None:
        self.pem = pem

    def serves(self) -> str | None:
        if not self.running:
            return None
        return read(self.offered[-1]).serial if self.offered[-1] else ""

    def offer(self, pem: str) -> None:
        self.offered.append(pem)


class Bench:
    """A keeper with its folders."""

    def __init__(self, folder: Path, mode: str = "own", **more: object) -> None:
        for name in ("data", "trust"):
            (folder / name).mkdir()
        places = {"data": folder / "data", "trust": folder / "trust", "given": folder / "given.pem"}
        self.settings = Settings(mode=mode, names=NAMES, **places)  # type: ignore[arg-type]
        self.edge, self.said = FakeEdge(), []  # type: ignore[var-annotated]
        self.now = NOW
        self.keeper = Keeper(self.settings, self.edge, self.said.append, lambda: self.now, **more)  # type: ignore[arg-type]

    def once(self, now: datetime = NOW) -> Status:
        self.now = now
        return self.keeper.once()

    def give(self, pem: str) -> None:
        self.settings.given.write_text(pem)


@pytest.fixture(scope="module")
def root() -> str:
    return authority.make("stage.example", NOW - 30 * DAY)


def leaf(root: str, names: tuple[str, ...] = NAMES, *, at: datetime = NOW) -> str:
    return authority.sign(root, names, at)


def without_key(pem: str) -> str:
    return pem[: pem.index("-----BEGIN PRIVATE KEY")]


def key(pem: str) -> str:
    return pem.removeprefix(without_key(pem))


def test_one_of_its_own_is_made_once_and_served(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.once()
    assert (first.issuer, first.problem, first.ends) == ("stagekit stage stage.example", "", "2027-02-22T12:00:00Z")
    assert read(bench.edge.offered[-1]).names == {*NAMES}
    again = bench.once(NOW + timedelta(seconds=5))
    assert again == first and len(bench.edge.offered) == 2
    trusted = (tmp_path / "trust" / "ca.pem").read_text()
    assert trusted in (tmp_path / "trust" / "bundle.pem").read_text() and "PRIVATE" not in trusted
    assert json.loads((tmp_path / "data" / "status.json").read_text())["ends"] == first.ends
    assert (tmp_path / "data" / "authority.pem").stat().st_mode & 0o777 == 0o600


def test_it_is_renewed_in_the_last_third_of_its_life_by_the_same_authority(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.once()
    trusted = (tmp_path / "trust" / "ca.pem").read_text()
    bench.once(NOW + 59 * DAY)
    assert len(bench.edge.offered) == 2
    assert bench.once(NOW + 61 * DAY).ends == "2027-04-24T12:00:00Z"
    assert len(bench.edge.offered) == 3
    assert (tmp_path / "trust" / "ca.pem").read_text() == trusted


def test_other_names_get_another_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.edge.pem = leaf(authority.make("stage.example", NOW), NAMES[:1])
    bench.once()
    assert read(bench.edge.pem).names == {*NAMES}


def test_an_edge_that_has_begun_again_without_it_gets_it_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.edge.running = False
    bench.once()
    assert bench.edge.offered == [""] and bench.edge.pem
    bench.edge.running = True
    bench.once(NOW + timedelta(seconds=5))
    assert bench.edge.offered[-1] == bench.edge.pem


def test_a_clock_that_was_put_back_is_said_and_nothing_new_is_trusted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.once()
    trusted = (tmp_path / "trust" / "ca.pem").read_text()
    found = bench.once(NOW - 400 * DAY)
    assert "not yet valid" in found.problem and "the clock here says 2025-10-20" in found.problem
    assert is_well(found) == found.problem
    assert (tmp_path / "trust" / "ca.pem").read_text() == trusted
    assert bench.once(NOW + DAY).problem == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda root: leaf(root), ""),
        (lambda root: leaf(root, ("*.stage.example",)), ""),
        (
            lambda root: leaf(authority.make("stage.example", NOW - 200 * DAY), at=NOW - 100 * DAY),
            "expired on 2026-11-14",
        ),
        (lambda root: leaf(root, at=NOW + 3 * DAY), "not valid before 2026-11-27 11:00 UTC, and the clock here says"),
        (lambda root: leaf(root, NAMES[:1]), "not for api.stage.example"),
        (lambda root: leaf(root, ("*.example",)), "not for app.stage.example, api.stage.example"),
        (lambda root: without_key(leaf(root)), "no key in it"),
        (lambda root: without_key(leaf(root)) + key(leaf(root)), "not that of the certificate"),
        (lambda root: "no certificate at all", "no certificate in it"),
    ],
)
def test_what_is_given_is_checked_before_it_is_taken(
    tmp_path: Path, root: str, given: Callable[[str], str], told: str
) -> None:
    bench = Bench(tmp_path, "files")
    bench.edge.pem = before = leaf(root, at=NOW - DAY)
    bench.give(given(root))
    found = bench.once()
    if not told:
        assert found.problem == is_well(found) == "" and bench.edge.pem != before
        return
    assert told in found.problem and "the one until 2027-02-21 goes on serving" in found.problem
    assert is_well(found) == found.problem and bench.edge.pem == before
    assert bench.edge.offered[-1] == before


def test_an_order_that_fails_is_tried_again_later_and_later(tmp_path: Path, root: str) -> None:
    asked = []

    def order(settings: Settings) -> str:
        asked.append(settings)
        if len(asked) < 4:
            raise Refused("the server refuses")
        return leaf(root)

    bench = Bench(tmp_path, "acme", order=order)
    waits = []
    for minute in range(36):
        before = len(asked)
        found = bench.once(NOW + timedelta(minutes=minute))
        waits += [minute] if len(asked) > before else []
    assert waits == [0, 5, 15, 35]
    assert found.problem == "" and found.ends and bench.edge.pem


def test_a_refused_order_keeps_what_serves_and_is_well(tmp_path: Path) -> None:
    def order(settings: Settings) -> str:
        raise Refused("the server refuses")

    bench = Bench(tmp_path, "acme", order=order)
    bench.edge.pem = before = leaf(authority.make("stage.example", NOW - 80 * DAY), at=NOW - 65 * DAY)
    found = bench.once()
    assert found.problem == "the server refuses; the one until 2026-12-19 goes on serving"
    assert found.again == "2026-11-24T12:05:00Z"
    assert bench.edge.pem == before and is_well(found) == ""
    assert bench.said[0] == "the server refuses; again in 300 s"


def test_nothing_is_ordered_while_no_edge_would_answer(tmp_path: Path) -> None:
    asked: list[Settings] = []
    bench = Bench(tmp_path, "acme", order=lambda settings: asked.append(settings) or "")
    bench.edge.running = False
    assert bench.once().problem == "" and asked == []


def test_an_order_takes_its_time_and_what_comes_of_it_is_valid_from_then_on(tmp_path: Path, root: str) -> None:
    def order(settings: Settings) -> str:
        bench.now += timedelta(hours=2)  # so long that its certificate begins after the order did
        return leaf(root, at=bench.now)

    bench = Bench(tmp_path, "acme", order=order)
    assert bench.once().problem == "" and bench.edge.pem


@pytest.mark.parametrize(
    ("environ", "told"),
    [({"MODE": "self"}, "MODE"), ({"MODE": "own"}, "DOMAIN"), ({"MODE": "own", "DOMAIN": "x"}, "NAMES")],
)
def test_settings_name_what_is_wrong(environ: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_settings(environ)


def test_settings_are_read() -> None:
    found = read_settings({"MODE": "acme", "DOMAIN": "d.example", "NAMES": "app api", "ACME_CA": "a\\nb"})
    assert (found.names, found.acme_ca) == (("app.d.example", "api.d.example"), "a\nb")
    assert found.acme_url.startswith("https://acme-v02")


LATER = """
import sys
from pathlib import Path
from keeper.edge import Edge
from keeper.keep import Keeper
from keeper.settings import Settings

at = Path(sys.argv[1])
settings = Settings(mode="own", names=("app.stage.example",), data=at, trust=at / "trust", edge=at / "edge")
print(Keeper(settings, Edge(settings.edge), lambda line: None).once().problem)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="libfaketime is preloaded, which Linux does")
def test_a_machine_whose_clock_is_wrong_says_so_and_mends_itself_with_it(tmp_path: Path) -> None:
    for name in ("trust", "edge/certs"):
        (tmp_path / name).mkdir(parents=True)
    assert at_clock(tmp_path, "+0d") == ""
    served = (tmp_path / "edge" / "certs" / "stage.pem").read_text()
    assert "not yet valid" in at_clock(tmp_path, "-400d")
    assert (tmp_path / "edge" / "certs" / "stage.pem").read_text() == served
    assert at_clock(tmp_path, "+0d") == ""
    assert at_clock(tmp_path, "+70d") == ""
    assert (tmp_path / "edge" / "certs" / "stage.pem").read_text() != served


def at_clock(folder: Path, offset: str) -> str:
    """The problem that a keeper tells of, in a process whose clock is that much off."""
    library = Path(libfaketime.__file__).parent / "vendor/libfaketime/src/libfaketime.so.1"
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAKETIME": offset, "PYTHONPATH": str(KEEPER)}
    words = [sys.executable, "-c", LATER, str(folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
