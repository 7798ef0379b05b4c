"""What holds of every switch, whatever changed and wherever it was cut off: on a host that only exists in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core_fakes import build, model, service
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from simulated_host import Shop, SimulatedHost, led

from stagekit.compose import Block
from stagekit.compose.model import Mount
from stagekit.promote.kinds import kind_of
from stagekit.promote.steps import (
    MoveTraffic,
    Recreate,
    RunOnce,
    StartBeside,
    StopOld,
    SwitchStep,
    running,
    starting,
)
from stagekit.promote.switch import SwitchPlan

VERSIONS = st.integers(1, 2)
OPTIONAL = ("search", "cron", "cache")


@st.composite
def shops(draw: st.DrawFn, number: int) -> Shop:
    """A release of the product: any of its services may be of another version, and some may not be there."""
    more = [name for name in OPTIONAL if draw(st.booleans())]
    home = draw(st.sampled_from(["backend", "web"]))
    names = {"api": "backend", "app": home, "mail": "mailpit", **({"search": "search"} if "search" in more else {})}
    found = model(
        service("postgres", mounts=(Mount("volume", "data", "/data"),)),
        service("edge-files"),
        service("edge", done=["edge-files"]),
        service("mailpit", mounts=(Mount("volume", "mail", "/data"),)),
        service("migrate", after=["postgres"], probed=False),
        service("seed", after=["postgres"], done=["migrate"], probed=False),
        service("backend", after=["postgres"], done=["migrate", "seed"], build=build()),
        service("web", after=["backend"], build=build()),
        service("worker", after=["postgres"], build=build()),
        *(service(name, build=build()) for name in more),
        block=Block.model_validate(
            {
                "version": 1,
                "edge": {"service": "edge"},
                "names": {label: {"service": name} for label, name in names.items()},
                "migrations": {"service": "migrate"},
                "switch": {"worker": {"how": "handover"}, "cron": {"how": "handover"}, "web": {"how": "beside"}},
                "smoke": [{"name": "api", "path": "/ready"}] if draw(st.booleans()) else [],
            }
        ),
    )
    versions = {name: draw(VERSIONS) for name in found.services}
    ports = {name: 8000 + versions[name] for name in found.services}
    definitions = {name: f"{name}:{version}" for name, version in versions.items()}
    definitions["edge-files"] += str(sorted((label, name, ports[name]) for label, name in names.items()))
    return Shop(
        number, found, definitions, draw(st.integers(1, versions["migrate"])), ports
    )  # code may change, and its head not


def promoted(shop: Shop, *, host: SimulatedHost | None = None, back: bool = False) -> SimulatedHost:
    """A host that was switched to a release, from what it was, with nothing in between."""
    host = host.copy() if host else SimulatedHost()
    host.walk(host.plan(shop, back=back).steps, shop)
    return host


def healed(host: SimulatedHost, begun: Shop, current: Shop | None, attempted: int) -> bool:
    """Heals a host as the next command does; returns whether what was begun was finished."""
    back = attempted > begun.number
    left = host.plan(begun, back=back, recorded=True, may_migrate=False)
    finish = current is None or not any(isinstance(step, MoveTraffic) for step in left.steps)
    to = begun if finish or current is None else current
    is_back = not finish or back
    host.walk(host.plan(to, back=is_back, resumed=True, may_migrate=finish).steps, to)
    return finish


def prefixes(host: SimulatedHost, to: Shop, plan: SwitchPlan) -> Iterator[SimulatedHost]:
    """The host as a deployer leaves it that is killed at any moment of a plan: also where what may begin beside a step
    has begun, and is not done."""
    walked = host.copy()
    yield walked.copy()
    for at, step in enumerate(plan.steps):
        beside = walked.copy()
        begun = [one for one in plan.steps[at + 1 :] if _begins(one, plan.steps[at:], to)]
        for one in begun:
            beside.parts(one, to)[0]()
        if begun:
            yield beside
        for change in walked.parts(step, to):
            change()
            yield walked.copy()


def _begins(one: SwitchStep, steps: Sequence[SwitchStep], to: Shop) -> bool:
    return one in starting(steps, to.model) or (isinstance(one, RunOnce) and one.service in running(steps, to.model))


@given(shops(1))
def test_a_release_that_was_promoted_serves_and_its_plan_is_empty(shop: Shop) -> None:
    host = promoted(shop)
    assert not host.plan(shop, recorded=True)
    assert all(host.serves(label) for label in led(shop))


@given(shops(1), shops(2))
def test_switching_to_what_runs_is_an_empty_plan(old: Shop, new: Shop) -> None:
    host = promoted(new, host=promoted(old))
    assert not host.plan(new, recorded=True)
    back = promoted(old, host=host, back=True)
    assert not back.plan(old, recorded=True, back=True)


@given(shops(1), shops(2))
def test_the_end_does_not_depend_on_what_ran_before(old: Shop, new: Shop) -> None:
    assume(old.head <= new.head)  # else the schema stays, with the one-shot that made it
    assert promoted(new, host=promoted(old)).ends() == promoted(new, host=SimulatedHost(revision=old.head)).ends()


@given(shops(1), shops(2))
def test_the_way_back_is_the_way_there_less_the_one_way_steps(old: Shop, new: Shop) -> None:
    host = promoted(old)
    there = host.plan(new)
    host.walk(there.steps, new)
    back = host.plan(old, back=True)
    assert changes(back) == {
        (other, name) for (kind, name) in changes(there) for other in mirrored(kind, name, old, new)
    }
    assert moved(back, old, new) == moved(there, old, new)


def changes(plan: SwitchPlan) -> set[tuple[str, str]]:
    """What begins and what ends, by service; one-way steps, and what is common to all plans, left out."""
    begun = {("begins", step.service) for step in plan.steps if isinstance(step, StartBeside | Recreate)}
    return begun | {("ends", step.service) for step in plan.steps if isinstance(step, StopOld)}


def mirrored(kind: str, name: str, old: Shop, new: Shop) -> set[str]:
    """What the way back has for this: of a service that only one release has, the opposite."""
    both = name in old.model.services and name in new.model.services
    return {kind} if both else {"ends" if kind == "begins" else "begins"}


def moved(plan: SwitchPlan, old: Shop, new: Shop) -> set[str]:
    names = {label for step in plan.steps if isinstance(step, MoveTraffic) for label in step.servers}
    return names & led(old) & led(new)


@settings(deadline=None, max_examples=60)
@given(shops(1), shops(2), st.booleans())
def test_every_prefix_of_a_plan_heals(old: Shop, new: Shop, rollback: bool) -> None:
    assume(old.head <= new.head)  # while the database is away nobody knows that older migrations need not run
    current, begun = (new, old) if rollback else (old, new)
    before = promoted(new, host=promoted(old)) if rollback else promoted(old)
    whole = promoted(begun, host=before, back=rollback).ends()
    for host in prefixes(before, begun, before.plan(begun, back=rollback)):
        if not healed(host, begun, current if host.serving != begun.number else begun, 2):
            assert host.plan(begun, back=rollback), "what was undone is as it was before"
            host.walk(host.plan(begun, back=rollback).steps, begun)
        assert host.ends() == whole
        assert not host.plan(begun, back=rollback, recorded=True)


@settings(deadline=None, max_examples=60)
@given(shops(1))
def test_every_prefix_of_a_first_promotion_heals(shop: Shop) -> None:
    host = SimulatedHost()
    for cut in prefixes(host, shop, host.plan(shop)):
        healed(cut, shop, None, 1)
        assert cut.ends() == promoted(shop).ends()


@settings(deadline=None, max_examples=60)
@given(shops(1), shops(2), st.data())
def test_old_or_new_serves_at_each_moment_also_while_healing(old: Shop, new: Shop, data: st.DataObject) -> None:
    host = promoted(old)
    cuts = list(prefixes(host, new, host.plan(new)))
    for moment in cuts:
        assert_serves(moment, old, new)
    cut = data.draw(st.sampled_from(cuts))
    left = cut.plan(new, back=False, recorded=True, may_migrate=False)
    finish = not any(isinstance(step, MoveTraffic) for step in left.steps)
    to = new if finish else old
    plan = cut.plan(to, back=not finish, resumed=True, may_migrate=finish)
    for moment in prefixes(cut, to, plan):
        assert_serves(moment, old, new)


def assert_serves(host: SimulatedHost, old: Shop, new: Shop) -> None:
    """Every name that both releases move is answered by one of them, unless the edge itself is made anew."""
    if not host.edge_runs():
        return
    for label in led(old) & led(new):
        fitting = {shop.definitions[shop.model.block.names[label].service] for shop in (old, new)}
        assert host.serves(label) in fitting, f"{label} leads to {host.leads.get(label)}: {host.serves(label)!r}"


@given(shops(1), st.sampled_from(["stopped", "killed"]))
def test_a_stage_that_was_stopped_as_a_whole_starts_again(shop: Shop, how: str) -> None:
    host = promoted(shop)
    for name, found in list(host.containers.items()):
        if kind_of(shop.model, found.service) != "once":
            host.parts(StopOld(found.service, (name,)), shop)[0]()
        if how == "killed" and found.service == "edge":
            del host.containers[name]
    host.walk(host.plan(shop, recorded=True).steps, shop)
    assert host.ends() == promoted(shop).ends()
