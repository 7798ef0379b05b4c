"""All checks, in the order they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stagekit.doctor import habits, layout, machine
from stagekit.doctor.facts import MachineFacts, ProjectFacts
from stagekit.doctor.finding import Finding
from stagekit.guards import CHECKS, Refusal

MACHINE: tuple[Callable[[MachineFacts], Finding], ...] = (
    machine.engine,
    machine.compose,
    machine.buildx,
    machine.disk,
    machine.memory,
    machine.port,
    machine.names,
    machine.ca,
    machine.clock,
)

# What a check is called, what it says where it found nothing, and the check.
PROJECT: tuple[tuple[str, str, Callable[[ProjectFacts], Iterable[Finding]]], ...] = (
    ("fixed-port", "no host port is fixed", layout.fixed_ports),
    ("container-name", "no container has a name of its own", layout.container_names),
    ("bind-mount", "nothing is mounted from this machine's disk", layout.bind_mounts),
    ("latest", "every image has a version", layout.versions),
    ("health-check", "every service says when it is ready", layout.health_checks),
    ("direct-call", "switched services are called through the edge", habits.direct_calls),
    ("migration", "no service migrates as it starts", habits.migrations),
    ("baked-host", "no host name is baked into a bundle", habits.baked_hosts),
)


def examine_machine(facts: MachineFacts) -> tuple[Finding, ...]:
    """One finding a check."""
    return tuple(check(facts) for check in MACHINE)


def examine_project(facts: ProjectFacts) -> tuple[Finding, ...]:
    """One finding for each thing to mend; one `ok` for each check that found none."""
    found: list[Finding] = []
    for id, fine, check in PROJECT:
        found += list(check(facts)) or [Finding(id, "ok", fine)]
    return tuple(found)


def examine_guards(refusals: Sequence[Refusal], *, all_judged: bool) -> tuple[Finding, ...]:
    """One finding for each refusal; one `ok` for each guard that refuses nothing, where all could judge."""
    found: list[Finding] = []
    for slug, fine in CHECKS.items():
        mine = [Finding(slug, "fail", r.what, r.about.where, r.fix) for r in refusals if r.slug == slug]
        found += mine or ([Finding(slug, "ok", fine)] if all_judged else [])
    return tuple(found)
