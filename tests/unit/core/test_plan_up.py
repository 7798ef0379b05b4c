from __future__ import annotations

from dataclasses import replace

import pytest
from core_fakes import build, container, image_of, model, seen, service, settled, shop
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import Model
from stagekit.images import Built
from stagekit.plan import BuildImages, Clear, Plan, PullImages, Replace, Start, WaitReady, Wanted, plan_up
from stagekit.stage import Container, Observation


def plan(observation: Observation, wanted: Wanted, of: Model | None = None) -> Plan:
    return plan_up(of or shop(), observation, wanted, limit=300)


def swapped(observation: Observation, it: Container) -> Observation:
    """The place with one container in another state."""
    it = replace(it, image_id=next((c.image_id for c in observation.of(it.service)), it.image_id))
    others = tuple(c for c in observation.containers if c.service != it.service)
    return replace(observation, containers=(*others, it))


def test_the_plan_is_empty_when_all_is_as_it_should_be() -> None:
    assert not plan(*settled(shop()))
    assert plan(*settled(shop())).lines() == []


def test_an_empty_place_gets_everything_in_order() -> None:
    _, wanted = settled(shop())
    assert plan(Observation(), replace(wanted, built={})).lines() == [
        "build     migrate      because it has no image yet",
        "pull      postgres     because postgres:1 is not here",
        "pull      edge         because edge:1 is not here",
        "start     postgres     because it is not there yet",
        "start     migrate      because it is not there yet",
        "start     backend      because it is not there yet",
        "start     edge         because it is not there yet",
        "wait      postgres, migrate, backend, edge, at most 300 s",
    ]


def test_two_services_of_one_image_are_built_once() -> None:
    observation, wanted = settled(shop())
    steps = plan(observation, replace(wanted, inputs={"shop/backend": "new"})).steps
    assert [b.service for b in steps[0].services if isinstance(steps[0], BuildImages)] == ["migrate"]  # type: ignore[union-attr]


def test_changed_files_build_and_start_every_service_of_the_image() -> None:
    observation, wanted = settled(shop())
    assert plan(observation, replace(wanted, inputs={"shop/backend": "new"})).lines() == [
        "build     migrate      because its files changed",
        "start     migrate      because its image changed",
        "start     backend      because its image changed",
        "wait      postgres, migrate, backend, edge, at most 300 s",
    ]


def test_an_image_that_somebody_else_built_is_built_again() -> None:
    observation, wanted = settled(shop())
    for built in ({}, {"shop/backend": Built("inputs", "sha256:another")}):
        lines = plan(observation, replace(wanted, built=built)).lines()
        assert lines[0] == "build     migrate      because its image is not the one built here"


def test_a_container_of_an_older_image_is_started_anew() -> None:
    observation, wanted = settled(shop())
    images = {**observation.images, "edge:1": "sha256:newer"}
    assert (
        "start     edge         because its image changed" in plan(replace(observation, images=images), wanted).lines()
    )


def test_a_changed_definition_is_started_anew() -> None:
    observation, wanted = settled(shop())
    changed = replace(wanted, definitions={**wanted.definitions, "postgres": "another"})
    assert plan(observation, changed).lines()[0] == "start     postgres     because its definition changed"


@pytest.mark.parametrize(
    ("it", "first"),
    [
        (container("edge", "exited", None, exit_code=1), "start     edge         because it exited with 1"),
        (container("edge", "exited", None, exit_code=0), "start     edge         because it exited with 0"),
        (container("edge", "created", None), "start     edge         because it was created and never started"),
        (container("edge", "paused", None), "start     edge         because it is paused"),
        (container("edge", "running", "unhealthy"), "replace   edge         because its health check fails"),
        (container("migrate", "exited", None, exit_code=1), "start     migrate      because it exited with 1"),
    ],
)
def test_each_cause_is_said(it: Container, first: str) -> None:
    observation, wanted = settled(shop())
    assert plan(swapped(observation, it), wanted).lines()[0] == first


def test_a_service_that_still_starts_is_only_waited_for() -> None:
    observation, wanted = settled(shop())
    steps = plan(swapped(observation, container("edge", "running", "starting")), wanted).steps
    assert [type(step) for step in steps] == [WaitReady]


def test_an_unhealthy_service_whose_image_changed_is_not_made_anew_twice() -> None:
    observation, wanted = settled(shop())
    sick = swapped(observation, container("edge", "running", "unhealthy"))
    steps = plan(replace(sick, images={**sick.images, "edge:1": "sha256:newer"}), wanted).steps
    named = [item.service for step in steps if isinstance(step, Replace | Start) for item in step.services]
    assert named == ["edge"]


def test_restarts_of_the_past_are_no_reason_to_act() -> None:
    observation, wanted = settled(shop())
    assert not plan(swapped(observation, container("edge", restarts=7)), wanted)


def test_a_plan_without_work_is_false_and_one_with_work_is_true() -> None:
    assert not Plan()
    assert Plan((Start(()),))


def test_what_an_interrupted_up_left_half_renamed_is_cleared_first() -> None:
    observation, wanted = settled(shop())
    half = container(
        "edge", "created", None, id="half", called="0123456789ab_shop-edge-1", created="2026-11-02T10:00:00Z"
    )
    half = replace(half, image_id=image_of(shop().services["edge"]))
    steps = plan(replace(observation, containers=(*observation.containers, half)), wanted).steps
    assert steps[0] == Clear(("0123456789ab_shop-edge-1",))
    assert [type(step) for step in steps] == [Clear, Start, WaitReady]


def test_drop_ins_are_never_pulled() -> None:
    bought = model(service("mailpit", image="stagekit-packages/mailpit:1.30.5"))
    made = plan(Observation(), Wanted({}, {}, {}), bought)
    assert not [step for step in made.steps if isinstance(step, PullImages)]


NAMES = ("a", "b", "c", "d")
STATES = st.sampled_from(
    [
        None,
        ("created", None, 0),
        ("running", "starting", 0),
        ("running", "healthy", 0),
        ("running", "unhealthy", 0),
        ("running", None, 0),
        ("exited", None, 0),
        ("exited", None, 1),
        ("paused", None, 0),
    ]
)


@st.composite
def places(draw: st.DrawFn) -> tuple[Model, Observation, Wanted]:
    """A model without cycles, and any state of a place."""
    services = []
    for index, name in enumerate(NAMES):
        before = draw(st.sets(st.sampled_from(NAMES[:index]))) if index else set()
        done = draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
        built = draw(st.booleans())
        services.append(service(name, after=sorted(before - done), done=sorted(done), build=build() if built else None))
    of = model(*services)
    observation, wanted = settled(of)
    containers, images = [], dict(observation.images)
    for item in services:
        state = draw(STATES)
        if state:
            image = draw(st.sampled_from([image_of(item), "sha256:old"]))
            definition = draw(st.sampled_from(["", "old"]))
            containers.append(
                container(item.name, state[0], state[1], exit_code=state[2], image_id=image, definition=definition)
            )
        if draw(st.booleans()):
            del images[item.image]
    built_here = {i: b for i, b in wanted.built.items() if draw(st.booleans())}
    inputs = {i: draw(st.sampled_from(["inputs", "new"])) for i in wanted.inputs}
    return of, seen(*containers, images=images), replace(wanted, built=built_here, inputs=inputs)


def carried_out(of: Model, made: Plan, observation: Observation, wanted: Wanted) -> tuple[Observation, Wanted]:
    """The place after the plan: an honest engine does what each step says, and nothing else."""
    images, built = dict(observation.images), dict(wanted.built)
    containers = {c.service: c for c in observation.containers}
    for step in made.steps:
        match step:
            case BuildImages(services):
                for item in services:
                    image = of.services[item.service].image
                    images[image] = f"{image_of(of.services[item.service])}-built"
                    built[image] = Built(wanted.inputs[image], images[image])
            case PullImages(services):
                images |= {of.services[i.service].image: image_of(of.services[i.service]) for i in services}
            case Replace(services) | Start(services):
                for item in services:
                    name = item.service
                    containers[name] = container(
                        name, "running", "starting", image_id=images.get(of.services[name].image, "")
                    )
            case WaitReady(services):
                for name in services:
                    ended = name in of.one_shots()
                    state = {"status": "exited", "health": "", "exit_code": 0} if ended else {"health": "healthy"}
                    containers[name] = replace(containers[name], **state)
    return Observation(tuple(containers.values()), images), replace(wanted, built=built)


@given(places())
def test_planning_twice_gives_the_same_plan(place: tuple[Model, Observation, Wanted]) -> None:
    of, observation, wanted = place
    assert plan(observation, wanted, of) == plan(observation, wanted, of)


@given(places())
def test_a_plan_carried_out_leaves_nothing_to_do(place: tuple[Model, Observation, Wanted]) -> None:
    of, observation, wanted = place
    after = carried_out(of, plan(observation, wanted, of), observation, wanted)
    assert plan(*after, of).lines() == []


@given(places())
def test_every_plan_with_work_ends_by_waiting_and_gives_a_cause_for_each_step(
    place: tuple[Model, Observation, Wanted],
) -> None:
    of, observation, wanted = place
    made = plan(observation, wanted, of)
    if made:
        assert isinstance(made.steps[-1], WaitReady)
        causes = [item.cause for step in made.steps if not isinstance(step, WaitReady) for item in step.services]
        assert all(causes)


@given(places())
def test_nothing_is_pulled_that_is_built_here(place: tuple[Model, Observation, Wanted]) -> None:
    of, observation, wanted = place
    pulled = [i.service for s in plan(observation, wanted, of).steps if isinstance(s, PullImages) for i in s.services]
    assert not [name for name in pulled if of.services[name].build]
