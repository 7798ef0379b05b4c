from __future__ import annotations

from typing import Any

import pytest
from core_fakes import FakeClock, FakeCompose, FakeEngine, FakeListener, FakeRunning, flat, inspected, shop

from stagekit.errors import BuildError, ServiceError, StagekitError
from stagekit.execute import Executor
from stagekit.plan import Because, BuildImages, Clear, Plan, PullImages, Replace, Start, WaitReady

WAIT = WaitReady(("postgres", "migrate", "backend", "edge"), 300)
START = Start((Because("edge", "it is not there yet"),))

READY = [
    inspected("postgres"),
    inspected("migrate", "exited", None),
    inspected("backend"),
    inspected("edge"),
]
EARLY = [inspected("postgres", "running", "starting"), inspected("backend", "created", None)]


class Kept:
    """A build log that only remembers."""

    name = ".stagekit/build.log"

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)


class Stand:
    """An executor with fakes behind every door."""

    def __init__(self, engine: FakeEngine, compose: FakeCompose | None = None) -> None:
        self.engine, self.compose = engine, compose or FakeCompose()
        self.listener, self.clock = FakeListener(), FakeClock()
        self.built: list[str] = []
        self.logged = Kept()
        self.executor = Executor(
            shop(),
            self.compose,  # type: ignore[arg-type]
            self.engine,  # type: ignore[arg-type]
            self.listener,
            self.built.append,
            self.logged,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def run(self, *steps: Any) -> None:
        self.executor.execute(Plan(steps))


def test_steps_are_done_in_order_and_told() -> None:
    stand = Stand(FakeEngine(READY))
    stand.run(
        BuildImages((Because("backend", "x"),)),
        PullImages((Because("edge", "x"),)),
        Replace((Because("postgres", "x"),)),
        START,
        WAIT,
    )
    assert stand.compose.calls == [
        ("build", ("backend",)),
        ("pull", ("edge",)),
        ("replace", ("postgres",)),
        ("up", ()),
    ]
    assert stand.built == ["shop/backend"]
    assert stand.logged.lines == ["build line 1", "pull line 1"]
    assert stand.listener.told[:3] == [
        "begin images building backend",
        "detail build line 1",
        "end images building backend".replace("images ", ""),
    ]


def test_an_empty_plan_asks_and_does_nothing() -> None:
    stand = Stand(FakeEngine(READY))
    stand.run()
    assert (stand.compose.calls, stand.engine.looks, stand.listener.told) == ([], 0, [])


def test_a_stage_that_is_ready_at_the_first_look_is_not_slept_for() -> None:
    stand = Stand(FakeEngine(READY))
    stand.run(START, WAIT)
    assert stand.clock.sleeps == 0


def test_it_looks_until_all_is_ready_and_shows_each_look() -> None:
    stand = Stand(FakeEngine(EARLY, EARLY, READY))
    stand.run(START, WAIT)
    assert stand.engine.looks == 3
    assert stand.listener.states[0]["backend"] == "waiting"
    assert set(stand.listener.states[-1].values()) == {"healthy", "done"}


def test_it_waits_for_compose_itself_to_end_too() -> None:
    stand = Stand(FakeEngine(READY), FakeCompose(FakeRunning(looks=3)))
    stand.run(START, WAIT)
    assert stand.clock.sleeps == 3
    assert stand.compose.running.interrupted == 0


def test_a_crash_fails_at_once_with_root_log_and_who_is_not_at_fault() -> None:
    crashed = [
        inspected("postgres"),
        inspected("migrate", "exited", None, exit_code=1),
        inspected("backend", "created", None),
    ]
    stand = Stand(
        FakeEngine(EARLY, crashed, logs={"migrate": ["relation missing"]}), FakeCompose(FakeRunning(looks=99))
    )
    with pytest.raises(ServiceError) as raised:
        stand.run(START, WAIT)
    assert raised.value.what == "migrate did not finish: it exited with 1"
    assert "relation missing" in flat(raised.value.evidence)
    assert "not at fault: backend, edge" in flat(raised.value.evidence)
    assert stand.clock.now < 1


def test_a_failed_start_stops_compose() -> None:
    running = FakeRunning(looks=99)
    stand = Stand(FakeEngine([inspected("postgres", "running", "unhealthy")]), FakeCompose(running))
    with pytest.raises(ServiceError):
        stand.run(START, WAIT)
    assert running.interrupted == 1


def test_a_crash_loop_is_seen_although_the_container_runs_at_each_look() -> None:
    def look(restarts: int) -> list[dict[str, Any]]:
        return [inspected("postgres", "running", "starting", restarts=restarts, exit_code=3)]

    stand = Stand(FakeEngine(look(2), look(2), look(3)))
    with pytest.raises(ServiceError, match="postgres is not ready: it exited with 3"):
        stand.run(START, WAIT)
    assert stand.engine.looks == 3


def test_the_time_is_over_after_the_limit_and_not_before() -> None:
    stand = Stand(FakeEngine([inspected("postgres", "running", "starting", probe=(2, "no answer"))]))
    with pytest.raises(ServiceError, match="postgres is not ready after 300 s") as raised:
        stand.run(START, WAIT)
    assert 300 < stand.clock.now < 301
    assert "no answer" in flat(raised.value.evidence)


def test_compose_that_ends_badly_is_told_in_its_own_words() -> None:
    running = FakeRunning(ends=1, stderr="Bind for 0.0.0.0:8642 failed: port is already allocated")
    stand = Stand(FakeEngine([inspected("postgres", "running", "starting")]), FakeCompose(running))
    with pytest.raises(StagekitError) as raised:
        stand.run(START, WAIT)
    assert raised.value.slug == "port-taken"


def test_a_failed_service_speaks_before_compose_which_only_follows_it() -> None:
    running = FakeRunning(ends=1, stderr="dependency failed to start: container postgres is unhealthy")
    stand = Stand(FakeEngine([], [inspected("postgres", "running", "unhealthy")]), FakeCompose(running))
    with pytest.raises(ServiceError, match="postgres is not ready: its health check fails"):
        stand.run(START, WAIT)


def test_an_interrupt_stops_compose_and_goes_on_to_the_caller() -> None:
    running = FakeRunning(looks=99)
    stand = Stand(FakeEngine(EARLY), FakeCompose(running))

    def interrupt(count: int) -> None:
        if count == 2:
            raise KeyboardInterrupt

    stand.clock.wakes = interrupt
    with pytest.raises(KeyboardInterrupt):
        stand.run(START, WAIT)
    assert running.interrupted == 1


def test_compose_that_has_ended_well_is_left_alone() -> None:
    stand = Stand(FakeEngine(READY))
    stand.run(START, WAIT)
    assert stand.compose.running.interrupted == 0


def test_a_failed_build_keeps_its_lines_and_notes_nothing() -> None:
    stand = Stand(FakeEngine(READY), FakeCompose(fails="failed to solve: exit code: 1"))
    with pytest.raises(BuildError) as raised:
        stand.run(BuildImages((Because("backend", "x"),)), START, WAIT)
    assert stand.built == []
    assert "failed to solve: exit code: 1" in flat(raised.value.evidence)
    assert ("up", ()) not in stand.compose.calls


def test_a_replacement_that_fails_is_told() -> None:
    stand = Stand(FakeEngine(READY), FakeCompose(fails="network shop_default not found"))
    with pytest.raises(StagekitError, match="Compose could not start the stage"):
        stand.run(Replace((Because("postgres", "x"),)))


def test_leftovers_are_removed_by_name() -> None:
    stand = Stand(FakeEngine(READY))
    stand.run(Clear(("0123456789ab_shop-edge-1",)))
    assert stand.engine.removed == ["0123456789ab_shop-edge-1"]


def test_waiting_alone_works_without_a_start() -> None:
    stand = Stand(FakeEngine(EARLY, READY))
    stand.run(WAIT)
    assert stand.compose.calls == []


def test_an_old_container_that_compose_stops_to_replace_it_is_no_failure() -> None:
    old = inspected("edge", id="old")
    stopped = inspected("edge", "exited", None, id="old", exit_code=143)
    stand = Stand(
        FakeEngine([*READY[:3], old], [*READY[:3], old], [*READY[:3], stopped], READY),
        FakeCompose(FakeRunning(looks=2)),
    )
    stand.run(START, WAIT)
    assert stand.listener.states[1]["edge"] == "absent"
    assert stand.listener.states[-1]["edge"] == "healthy"
