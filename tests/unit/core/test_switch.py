from __future__ import annotations

from dataclasses import replace

from core_fakes import container, model, service
from switch_cases import BLOCK, EDGE, KEPT, PENDING, lines, product, running, target

from stagekit.promote.steps import (
    Migrate,
    MoveTraffic,
    Probe,
    Recreate,
    ReloadEdge,
    RunOnce,
    StartBeside,
    StopOld,
    coming,
    ending,
    starting,
)
from stagekit.promote.steps import running as at_once
from stagekit.promote.switch import next_name, plan_switch
from stagekit.stage import Observation
from stagekit.stage.routes import AS_THE_EDGE_HAS_IT, EdgeSeen, Routes, Server


def test_switching_to_what_runs_is_an_empty_plan() -> None:
    found = product()
    assert not plan_switch(target(found), running(found), EDGE)


def test_a_changed_http_service_starts_beside_and_the_old_one_ends_last() -> None:
    found = product()
    assert lines(target(found, backend="new"), running(found)) == [
        "switch    backend      beside the old one, because its definition changed",
        "check     one question, before traffic moves",
        "move      api",
        "check     one question, after it has moved",
        "drain     api, at most 60 s",
        "record    the release",
        "stop      backend      shop-backend-1",
    ]


def test_a_move_that_was_cut_off_before_its_drain_is_drained_before_the_old_one_ends() -> None:
    found = product()
    moved = Routes({**KEPT.servers, "api": Server("shop-backend-2", 8000)})
    edge = EdgeSeen(moved, {"api": "shop-backend-2", "mail": "mailpit"}, drains=frozenset({"api"}))
    both = container("backend", definition="old"), container("backend", called="shop-backend-2")
    seen = running(found, *both, without="backend")
    told = lines(replace(target(found), recorded=False), seen, edge)
    assert told[0] == "drain     api, at most 60 s"
    assert told[1:] == ["record    the release", "stop      backend      shop-backend-1"]


def test_migrations_run_before_anything_new_starts() -> None:
    found = product()
    told = lines(target(found, backend="new", migrate="new"), running(found))
    assert told[0] == "run       migrate      because its definition changed"
    assert told[1].startswith("switch    backend")


def test_a_worker_is_handed_over_without_moving_traffic() -> None:
    found = product()
    assert lines(target(found, worker="new"), running(found)) == [
        "switch    worker       beside the old one, because its definition changed",
        "record    the release",
        "stop      worker       shop-worker-1",
    ]


def test_a_service_that_keeps_state_stops_first_and_is_named_as_away() -> None:
    found = product()
    plan = plan_switch(target(found, mailpit="new"), running(found), EDGE)
    assert isinstance(plan.steps[0], Recreate)
    assert plan.away() == ("mailpit",)


def test_a_service_of_which_nothing_runs_takes_nothing_away() -> None:
    found = product()
    wanted, broken = target(found), container("edge", status="created", health="")
    assert (
        lines(wanted, running(found, broken, without="edge"))[0] == "restart   edge         because it is not healthy"
    )
    for seen in (running(found, broken, without="edge"), running(found, without="edge")):
        assert plan_switch(wanted, seen, EDGE).away() == ()


def test_changed_files_of_the_edge_are_a_reload() -> None:
    found = product()
    assert lines(target(found, **{"edge-files": "new"}), running(found)) == [
        "run       edge-files   because its definition changed",
        "reload    edge         because its files changed; no connection is closed",
        "record    the release",
    ]


def test_a_stage_that_does_not_run_is_brought_up_whole() -> None:
    told = plan_switch(target(product()), Observation(), EdgeSeen()).lines()
    assert told[0] == "start     7 services, because the stage does not run yet"
    assert told[1] == "move      api"


def test_cut_off_before_traffic_moved_the_new_container_goes() -> None:
    found = product()
    begun = container("backend", called="shop-backend-2", id="new", definition="new")
    assert lines(target(found), running(found, begun)) == ["stop      backend      shop-backend-2"]


def test_cut_off_between_file_and_edge_the_move_is_done_again() -> None:
    found = product()
    new = container("backend", called="shop-backend-2", id="new", definition="new")
    half = replace(EDGE, kept=Routes({**KEPT.servers, "api": Server("shop-backend-2", 8000)}))
    plan = plan_switch(target(found, backend="new"), running(found, new), half)
    assert MoveTraffic({"api": Server("shop-backend-2", 8000)}) in plan.steps
    assert plan.steps[-1] == StopOld("backend", ("shop-backend-1",))


def test_cut_off_after_traffic_moved_only_the_end_is_left() -> None:
    found = product()
    new = container("backend", called="shop-backend-2", id="new", definition="new")
    moved = EdgeSeen(Routes({**KEPT.servers, "api": Server("shop-backend-2", 8000)}), {"api": "shop-backend-2"})
    assert lines(target(found, backend="new"), running(found, new), moved) == [
        "record    the release",
        "stop      backend      shop-backend-1",
    ]


def test_a_container_that_is_not_ready_is_started_anew_beside_what_serves() -> None:
    found = product()
    sick = container("backend", called="shop-backend-2", id="new", definition="new", health="unhealthy")
    plan = plan_switch(target(found, backend="new"), running(found, sick), EDGE)
    assert plan.steps[0] == StartBeside("backend", "shop-backend-3", "it is not healthy")
    assert plan.steps[-1] == StopOld("backend", ("shop-backend-1", "shop-backend-2"))


def test_a_one_shot_that_failed_is_run_again() -> None:
    found = product()
    failed = container("migrate", "exited", None, exit_code=1)
    told = lines(target(found), running(found, failed, without="migrate"))
    assert told == ["run       migrate      because it has not finished"]


def test_numbers_of_containers_only_grow() -> None:
    seen = Observation((container("backend", called="shop-backend-9"), container("backend", called="shop-backend-10")))
    assert next_name("shop", "backend", seen) == "shop-backend-11"


def test_what_a_newer_release_ran_once_stays_done_on_the_way_back() -> None:
    found = product()
    newer = container("migrate", "exited", None, definition="newer")
    seen = Observation(tuple(newer if c.service == "migrate" else c for c in running(found).containers))
    forward = target(found)
    assert plan_switch(forward, seen, EDGE).steps
    assert not plan_switch(replace(forward, back=True), seen, EDGE)


def test_files_of_the_edge_go_back_with_their_release() -> None:
    found = product()
    newer = container("edge-files", "exited", None, definition="newer")
    seen = Observation(tuple(newer if c.service == "edge-files" else c for c in running(found).containers))
    assert lines(replace(target(found), back=True), seen)[0].startswith("run       edge-files")


def test_a_service_that_is_no_longer_defined_ends_last() -> None:
    found = product()
    seen = running(found, container("search", called="shop-search-1"))
    assert lines(target(found), seen) == ["stop      search       shop-search-1"]


def test_a_service_that_was_started_alone_is_known_by_that_hash() -> None:
    found = product()
    alone = replace(target(found), definitions={**target(found).definitions, "backend": "whole"}, recorded=True)
    assert plan_switch(alone, running(found), EDGE)
    assert not plan_switch(replace(alone, alone={"backend": "hash-backend"}), running(found), EDGE)


def test_containers_start_at_once_unless_one_waits_for_another() -> None:
    backend, worker = (StartBeside(name, f"shop-{name}-2", "x") for name in ("backend", "worker"))
    web = StartBeside("web", "shop-web-2", "x")
    found = model(service("backend"), service("worker"), service("web", after=["backend"]))
    assert starting([backend, worker, web], found) == (backend, worker)
    assert starting([web, worker, backend], found) == (web, worker, backend)
    assert starting([web, MoveTraffic({}), worker], found) == (web,)
    assert starting([MoveTraffic({}), worker], found) == ()


def test_containers_start_beside_a_one_shot_that_they_do_not_wait_for() -> None:
    backend, worker, web = (StartBeside(name, f"shop-{name}-2", "x") for name in ("backend", "worker", "web"))
    found = model(
        service("seed"), service("backend", done=["seed"]), service("worker"), service("web", after=["backend"])
    )
    assert starting([RunOnce("seed", "x"), backend, worker, web], found) == (worker,)


def test_nothing_starts_while_migrations_run() -> None:
    worker = StartBeside("worker", "shop-worker-2", "x")
    found = model(
        service("migrate"),
        service("backend", done=["migrate"]),
        service("worker"),
        block=BLOCK,
    )
    assert starting([RunOnce("migrate", "x"), worker], found) == ()
    assert starting([Migrate("migrate", PENDING), worker], found) == ()


def test_nothing_waits_for_migrations_that_are_not_pending() -> None:
    backend, worker = (StartBeside(name, f"shop-{name}-2", "x") for name in ("backend", "worker"))
    found = model(
        service("migrate"),
        service("seed", done=["migrate"]),
        service("backend", done=["migrate", "seed"]),
        service("worker", done=["migrate"]),
        block=BLOCK,
    )
    steps = [RunOnce("migrate", "x", idle=True), RunOnce("seed", "x"), backend, worker]
    assert at_once(steps, found) == ("migrate", "seed")
    assert starting(steps, found) == (worker,), "the backend waits for the seed as before"
    assert at_once([RunOnce("migrate", "x"), *steps[1:]], found) == ()


def test_one_shots_run_side_by_side_unless_one_waits_for_another() -> None:
    found = model(service("files"), service("seed"), service("index", done=["seed"]))
    files, seed, index = (RunOnce(name, "x") for name in ("files", "seed", "index"))
    assert at_once([files, seed, index], found) == ("files", "seed")
    assert at_once([seed, index], found) == ("seed",)
    assert at_once([files, ReloadEdge("x"), seed], found) == ("files",)


def test_what_nobody_asks_boots_while_the_smoke_checks_are_asked() -> None:
    found = product()
    told = [line.split()[:2] for line in lines(target(found, backend="new", worker="new"), running(found))]
    assert told[:4] == [["switch", "backend"], ["check", "one"], ["switch", "worker"], ["move", "api"]]
    backend, worker = (StartBeside(name, f"shop-{name}-2", "x") for name in ("backend", "worker"))
    hidden = Probe((), {}, hidden=True)
    assert starting([backend, hidden, worker], found) == (backend, worker)
    assert starting([hidden, worker], found) == (worker,)
    assert starting([replace(hidden, hidden=False), worker], found) == ()


def test_what_starts_after_one_shots_may_be_made_while_they_run() -> None:
    backend, worker = (StartBeside(name, f"shop-{name}-2", "x") for name in ("backend", "worker"))
    steps = [Migrate("migrate", PENDING), RunOnce("seed", "x"), backend, worker]
    assert coming(steps) == (backend, worker)
    assert coming([Recreate("postgres", "x"), *steps]) == ()
    assert coming([RunOnce("edge-files", "x"), ReloadEdge("x"), *steps]) == ()


def test_what_was_made_and_not_started_goes_on_the_way_back() -> None:
    found = product()
    made = container("backend", "created", None, called="shop-backend-2", id="made", definition="new")
    assert lines(target(found), running(found, made)) == ["stop      backend      shop-backend-2"]
    ahead = lines(target(found, backend="new"), running(found, made))
    assert ahead[:2] == [
        "stop      backend      shop-backend-2",
        "switch    backend      beside the old one, because it is not healthy",
    ]


def test_old_containers_end_at_once() -> None:
    worker = StartBeside("worker", "shop-worker-2", "x")
    old, older = StopOld("backend", ("shop-backend-1",)), StopOld("worker", ("shop-worker-1",))
    assert ending([old, older]) == ("shop-backend-1", "shop-worker-1")
    assert ending([old, worker, older]) == ("shop-backend-1",)
    assert ending([MoveTraffic({}), old]) == ()


def test_a_container_that_never_started_goes_before_one_is_started_beside() -> None:
    found = product()
    begun = container("worker", "created", None, called="shop-worker-2", id="new", definition="new")
    assert lines(target(found, worker="new"), running(found, begun))[:2] == [
        "stop      worker       shop-worker-2",
        "switch    worker       beside the old one, because it is not healthy",
    ]


def test_a_stage_that_was_stopped_starts_without_the_containers_it_had() -> None:
    found = product()
    stopped = Observation(tuple(replace(c, status="exited", health="") for c in running(found).containers))
    told = lines(target(found), stopped, EdgeSeen())
    assert told[:3] == [
        "stop      backend      shop-backend-1",
        "stop      worker       shop-worker-1",
        "start     7 services, because the stage does not run yet",
    ]


def test_after_a_switch_that_was_cut_off_the_edge_reads_its_files_again() -> None:
    found = product()
    assert lines(replace(target(found), resumed=True), running(found)) == [
        "reload    edge         because its files may have changed before a switch was cut off; no connection is closed"
    ]


def test_a_port_that_changes_is_left_to_the_new_files_of_the_edge_and_what_serves_keeps_its_own() -> None:
    found = product()
    plan = plan_switch(target(found, backend="new", **{"edge-files": "new"}), running(found), EDGE)
    reload = next(step for step in plan.steps if isinstance(step, ReloadEdge))
    assert reload.servers == {"api": Server("shop-backend-1", 8000)}
    assert MoveTraffic({"api": Server("shop-backend-2", AS_THE_EDGE_HAS_IT)}) in plan.steps
