from __future__ import annotations

import pytest
from core_fakes import container, model, seen, service, settled, shop

from stagekit.stage import Container, Observation, ServiceHealth, is_ready, judge, roots, stage_state
from stagekit.stage.observe import parse_identity


def states(*containers: Container, baseline: dict[str, int] | None = None) -> dict[str, ServiceHealth]:
    return judge(shop(), seen(*containers), baseline)


def state(*containers: Container, of: str = "backend") -> tuple[str, str]:
    health = states(*containers)[of]
    return health.state, health.reason


def test_a_place_where_all_is_well_is_healthy() -> None:
    observation, _ = settled(shop())
    found = judge(shop(), observation)
    assert {name: health.state for name, health in found.items()} == {
        "postgres": "healthy",
        "migrate": "done",
        "backend": "healthy",
        "edge": "healthy",
    }
    assert stage_state(found) == "healthy"
    assert roots(shop(), found) == ()


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (container("backend", "created", None), ("waiting", "")),
        (container("backend", "created", None, error="port taken"), ("failed", "it could not be started: port taken")),
        (container("backend", "running", "starting"), ("starting", "")),
        (container("backend", "running", "healthy"), ("healthy", "")),
        (container("backend", "running", None), ("healthy", "")),
        (container("backend", "running", "unhealthy"), ("failed", "its health check fails")),
        (container("backend", "exited", None, exit_code=1), ("failed", "it exited with 1")),
        (container("backend", "exited", None, exit_code=0), ("failed", "it exited with 0")),
        (container("backend", "dead", None, exit_code=255), ("failed", "it exited with 255")),
        (container("backend", "restarting", None, exit_code=3), ("failed", "it exited with 3")),
        (container("backend", "running", "starting", restarts=1, exit_code=3), ("failed", "it exited with 3")),
        (container("backend", "paused", None), ("failed", "it is paused")),
        (
            container("backend", "exited", None, exit_code=137, oom=True),
            ("failed", "it was killed because it needed more memory than its limit"),
        ),
    ],
)
def test_each_state_of_a_container_has_its_meaning(it: Container, expected: tuple[str, str]) -> None:
    assert state(it) == expected


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (container("migrate", "running", None), ("starting", "")),
        (container("migrate", "exited", None), ("done", "")),
        (container("migrate", "exited", None, exit_code=2), ("failed", "it exited with 2")),
    ],
)
def test_a_one_shot_is_done_only_when_it_ended_well(it: Container, expected: tuple[str, str]) -> None:
    assert state(it, of="migrate") == expected


def test_a_service_that_is_not_there_waits_for_what_is_not_ready() -> None:
    found = states(container("postgres", "running", "starting"))
    assert found["migrate"].state == "absent"
    assert found["migrate"].waits_for == ("postgres",)
    assert found["backend"].waits_for == ("postgres", "migrate")
    assert found["edge"].waits_for == ("backend",)


def test_a_created_service_no_longer_waits_for_what_is_ready() -> None:
    found = states(container("postgres"), container("backend", "created", None))
    assert found["backend"].state == "waiting"
    assert found["backend"].waits_for == ("migrate",)


def test_a_service_that_only_wants_another_to_be_started_is_not_said_to_wait() -> None:
    from stagekit.compose import Dependency, Service

    web = Service("web", "web:1", depends_on=(Dependency("db", "service_started"),))
    found = judge(model(web, service("db")), seen(container("db", "running", "starting")))
    assert found["web"].waits_for == ()


def test_a_crash_before_the_baseline_is_forgiven() -> None:
    it = container("backend", restarts=4)
    assert states(it, baseline={it.id: 4})["backend"].state == "healthy"


def test_a_crash_loop_is_seen_between_two_looks_although_it_runs_now() -> None:
    it = container("backend", "running", "starting", restarts=5, exit_code=1)
    assert states(it, baseline={it.id: 4})["backend"].state == "failed"


def test_the_newest_container_of_a_service_speaks_for_it() -> None:
    old = container("backend", "exited", None, id="old", exit_code=1, created="2026-11-01T10:00:00Z")
    new = container("backend", id="new", created="2026-11-01T11:00:00Z")
    assert states(old, new)["backend"].state == "healthy"


def test_a_container_of_no_service_of_the_model_is_left_out() -> None:
    assert "stranger" not in states(container("stranger", "exited", None, exit_code=1))


def test_the_first_failure_is_the_root_and_who_waits_for_it_is_not() -> None:
    found = states(
        container("postgres"),
        container("migrate", "exited", None, exit_code=1),
        container("backend", "exited", None, exit_code=1),
        container("edge", "running", "unhealthy"),
    )
    assert roots(shop(), found) == ("migrate",)


def test_two_failures_that_have_nothing_to_do_with_each_other_are_both_roots() -> None:
    two = model(service("a"), service("b"), service("c", after=["a"]))
    found = judge(two, seen(*(container(name, "exited", None, exit_code=1) for name in "abc")))
    assert roots(two, found) == ("a", "b")


def test_services_that_wait_are_never_roots() -> None:
    found = states(container("postgres", "running", "unhealthy"), container("backend", "created", None))
    assert roots(shop(), found) == ("postgres",)


def test_only_healthy_and_done_are_ready() -> None:
    assert [kind for kind in ("absent", "waiting", "starting", "failed") if is_ready(ServiceHealth("x", kind))] == []
    assert is_ready(ServiceHealth("x", "healthy")) and is_ready(ServiceHealth("x", "done"))


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ((), "stopped"),
        ((container("migrate", "exited", None),), "stopped"),
        (
            (container("postgres", "exited", None, exit_code=137), container("backend", "exited", None, exit_code=143)),
            "stopped",
        ),
        ((container("postgres", "exited", None, exit_code=0), container("migrate", "exited", None)), "stopped"),
        ((container("postgres"),), "degraded"),
        ((container("postgres", "exited", None, exit_code=1),), "degraded"),
        (
            (
                container("postgres"),
                container("migrate", "exited", None),
                container("backend", "running", "starting"),
                container("edge", "created", None),
            ),
            "starting",
        ),
    ],
)
def test_the_stage_has_one_word(containers: tuple[Container, ...], expected: str) -> None:
    assert stage_state(states(*containers)) == expected


def test_a_model_without_services_is_stopped() -> None:
    assert stage_state(judge(model(), Observation())) == "stopped"


def test_what_the_engine_says_is_read_into_a_container() -> None:
    it = container("backend", probe=(1, " refused \n"), ports={"5432/tcp": 40000}, restarts=2, definition="abc")
    assert (it.name, it.service, it.restarts, it.definition) == ("shop-backend-1", "backend", 2, "abc")
    assert it.probe and (it.probe.exit_code, it.probe.output) == (1, "refused")
    assert it.ports == ((5432, 40000),)


def test_an_identity_is_the_same_for_equal_layers_and_differs_for_others() -> None:
    raw = {"Id": "sha256:1", "RootFS": {"Layers": ["a", "b"]}, "Os": "linux", "Architecture": "arm64", "Variant": "v8"}
    one = parse_identity(raw)
    assert one.platform == "linux/arm64/v8"
    assert one.fingerprint() == parse_identity(dict(raw)).fingerprint()
    assert one.fingerprint() != parse_identity(raw | {"RootFS": {"Layers": ["b", "a"]}}).fingerprint()
    assert one.fingerprint() != parse_identity(raw | {"Architecture": "amd64"}).fingerprint()


def test_an_identity_is_unknown_where_the_store_hides_the_config_digest() -> None:
    raw = {"Id": "sha256:1", "Descriptor": {"digest": "sha256:1"}, "Os": "linux", "Architecture": "amd64"}
    assert parse_identity(raw).fingerprint() == ""
