"""Promotions beside their peers: the whole product, the same host, the same images, all in one run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.programs import Failed, run, say
from bench.promote_peers import SCALE, UP, Peer, peer
from bench.promote_project import Promoted, let_pass, promoted
from bench.promote_replay import COUNT, record
from bench.rows import Goal, Measurement, middle
from tests.support.load import Load, Tally

TIMES = 3  # an odd number
BEFORE = 10.0  # seconds of load before a switch, to compare with
PATHS = ("/health", "/health", "/health", "/plans", "/ready")
LINE = "promote, one line of code, staged"


@dataclass(frozen=True)
class Loaded:
    """What became of requests before a switch, and during it."""

    before: Tally
    during: Tally

    def slower(self) -> float:
        """How many times as long the slowest hundredth took as before."""
        return self.during.percentile(0.99) / self.before.percentile(0.99)


def promotion(root: Path) -> list[Measurement]:
    """Every case of switching a host to a release."""
    with promoted(root) as project:
        rows = [*_nothing(project), *_lines(project)]
        ours = _under_load(project, "promote", _one_more(project))
        two = {int(release["number"]): release for release in project.releases()[:2]}
        try:
            return [*rows, many(), *_beside(project, peer(project, two), ours, rows, *sorted(two))]
        except Failed as failed:
            alone = Measurement("switch under load: failed", "", Goal(0), ours.during.failed)
            slower = Measurement("p99 during the switch / before", "x", None, ours.slower())
            return [*rows, many(), alone, slower, Measurement("peers", "s", None, None, reason=str(failed))]


def many() -> Measurement:
    """The plan of a hundred services, replayed: a whole process, and no engine."""
    with tempfile.TemporaryDirectory(prefix="stagekit-bench-") as name:
        record(Path(name))
        times = [run([sys.executable, "-m", "bench.promote_replay", name]) for _ in range(TIMES)]
    return Measurement(f"plan of {COUNT} services, replayed", "s", Goal(5), middle(times))


def _nothing(project: Promoted) -> list[Measurement]:
    say("promote where nothing is to be done")
    project.stagekit("promote", "--yes")
    logins, before = project.logins(), project.containers()
    times = [project.stagekit("promote", "--yes")]
    logins, anew = project.logins() - logins, project.containers() - before
    times += [project.stagekit("promote", "--yes") for _ in range(TIMES - 1)]
    return [
        Measurement("promote, nothing to do", "s", Goal(1.5), middle(times)),
        Measurement("promote, nothing to do: SSH connections", "", Goal(1), logins),
        Measurement("promote, nothing to do: containers made anew", "", Goal(0), len(anew)),
    ]


def _lines(project: Promoted) -> list[Measurement]:
    plans, there, back, boots, received, added = [], [], [], [], [], 0
    for number in range(TIMES):
        say(f"one line of code, and back, {number + 1} of {TIMES}")
        project.change_a_line(number)
        plans.append(project.stagekit("plan"))
        there.append(project.stagekit("promote", "--yes"))
        boots.append(project.boot())
        images, bytes_ = project.images(), project.received()
        back.append(project.stagekit("rollback", "--yes"))
        received.append(float(project.received() - bytes_))
        added += len(project.images() - images)
        boots.append(project.boot())
    boot = middle(boots)
    return [
        Measurement("plan, one line of code", "s", Goal(2), middle(plans)),
        Measurement(LINE, "s", Goal(1.0, "ratio"), middle(there), "its boot + 3 s", boot + 3),
        Measurement("rollback", "s", Goal(1.0, "ratio"), middle(back), "its boot + 2 s", boot + 2),
        Measurement("rollback: images brought", "", Goal(0), added),
        Measurement("rollback: all that the host received", "B", None, middle(received)),
    ]


def _one_more(project: Promoted) -> Callable[[], float]:
    project.change_a_line(100)
    return lambda: project.stagekit("promote", "--yes")


def _under_load(project: Promoted, name: str, switch: Callable[[], float]) -> Loaded:
    say(f"under load: {name}")
    port = project.port()
    with Load(port, f"api.localhost:{port}", PATHS) as before:
        let_pass(BEFORE)
    with Load(port, f"api.localhost:{port}", PATHS) as during:
        switch()
        let_pass(1.0)
    return Loaded(before.tally, during.tally)


def _beside(
    project: Promoted, plain: Peer, ours: Loaded, rows: Sequence[Measurement], old: int, new: int
) -> list[Measurement]:
    """The peers, on the same host, from a stage that plain Compose brought up."""
    say("plain Compose, from nothing")
    plain.fresh(old)
    nothing = middle([plain.up(old) for _ in range(TIMES)])
    by_up = _under_load(project, UP, lambda: plain.up(new))
    up = middle([plain.up(old if turn % 2 == 0 else new) for turn in range(TIMES)])  # and so to the old one
    by_hand = _under_load(project, SCALE, lambda: plain.scale(new))
    scale = plain.scale(old)
    values = {row.name: row.value for row in rows}
    name = "promote, nothing to do"
    return [
        Measurement(name, "s", None, values[name], UP, nothing),
        Measurement(LINE, "s", None, values[LINE], UP, up),
        Measurement(LINE, "s", None, values[LINE], SCALE, scale),
        *_compared(ours, by_up, UP),
        *_compared(ours, by_hand, SCALE),
    ]


def _compared(ours: Loaded, other: Loaded, peer: str) -> list[Measurement]:
    name = f"switch under load, of {ours.during.requests:,} requests (peer: of {other.during.requests:,})"
    failed, slower = (ours.during.failed, other.during.failed), (ours.slower(), other.slower())
    return [
        Measurement(f"{name}: failed", "", Goal(0), failed[0], peer, failed[1]),
        Measurement("p99 during the switch / before", "x", None, slower[0], peer, slower[1]),
    ]
