"""The plan of `up`: what is missing here, and why each thing is done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stagekit.compose import Model, Service
from stagekit.images.drop_ins import VARIABLES
from stagekit.images.inputs import Built
from stagekit.plan.steps import Because, BuildImages, Clear, Plan, PullImages, Replace, Start, Step, WaitReady
from stagekit.stage import Container, Observation, ServiceHealth, judge


@dataclass(frozen=True)
class Wanted:
    """What the checkout says should be here.

    inputs       hash of each built image's inputs, by image reference
    built        what was built last, by image reference
    definitions  Compose's hash of each service, by service
    """

    inputs: Mapping[str, str]
    built: Mapping[str, Built]
    definitions: Mapping[str, str]


def plan_up(model: Model, observation: Observation, wanted: Wanted, *, limit: int) -> Plan:
    """The steps from what was observed to what is wanted; none when nothing differs.

    limit  seconds to wait for the services
    """
    builds = _builds(model, observation, wanted)
    pulls = _pulls(model, observation)
    renewed = {model.services[item.service].image for item in (*builds, *pulls)}
    states = judge(model, observation, {c.id: c.restarts for c in observation.containers})
    starts = tuple(_starts(model, observation, wanted, states, renewed))
    renewing = {item.service for item in starts}
    replaces = tuple(Because(n, h.reason) for n, h in states.items() if _must_replace(h) and n not in renewing)
    leftovers = tuple(c.name for c in observation.containers if _is_leftover(c))
    starting = any(health.state in ("starting", "waiting") for health in states.values())
    if not (builds or pulls or leftovers or replaces or starts or starting):
        return Plan()
    steps: list[Step | None] = [
        BuildImages(builds) if builds else None,
        PullImages(pulls) if pulls else None,
        Clear(leftovers) if leftovers else None,
        Replace(replaces) if replaces else None,
        Start(starts) if starts else None,
        WaitReady(tuple(model.services), limit),
    ]
    return Plan(tuple(step for step in steps if step))


def _builds(model: Model, observation: Observation, wanted: Wanted) -> tuple[Because, ...]:
    causes: dict[str, Because] = {}
    for service in model.services.values():
        cause = _build_cause(service, observation, wanted) if service.build else ""
        if cause:
            causes.setdefault(service.image, Because(service.name, cause))
    return tuple(causes.values())


def _build_cause(service: Service, observation: Observation, wanted: Wanted) -> str:
    here, built = observation.images.get(service.image), wanted.built.get(service.image)
    if not here:
        return "it has no image yet"
    if built is None or built.image_id != here:
        return "its image is not the one built here"
    return "" if built.inputs == wanted.inputs[service.image] else "its files changed"


def _pulls(model: Model, observation: Observation) -> tuple[Because, ...]:
    missing = (
        s
        for s in model.services.values()
        if not s.build and s.image not in observation.images and s.image not in VARIABLES.values()
    )
    return tuple(Because(service.name, f"{service.image} is not here") for service in missing)


def _is_leftover(container: Container) -> bool:
    # Compose makes a replacement under `<12 digits>_<name>` and renames it once the old container is gone.
    return container.status == "created" and re.match(r"[0-9a-f]{12}_", container.name) is not None


def _must_replace(health: ServiceHealth) -> bool:
    return health.state == "failed" and health.container is not None and health.container.health == "unhealthy"


def _starts(
    model: Model,
    observation: Observation,
    wanted: Wanted,
    states: Mapping[str, ServiceHealth],
    renewed: set[str],
) -> Iterator[Because]:
    for service in model.services.values():
        cause = _start_cause(service, states[service.name], observation, wanted, renewed)
        if cause:
            yield Because(service.name, cause)


def _start_cause(
    service: Service, health: ServiceHealth, observation: Observation, wanted: Wanted, renewed: set[str]
) -> str:
    container = health.container
    if container is None:
        return "it is not there yet"
    if service.image in renewed or container.image_id != observation.images.get(service.image):
        return "its image changed"
    if container.definition != wanted.definitions.get(service.name, container.definition):
        return "its definition changed"
    if health.state == "failed" and not _must_replace(health):
        return health.reason
    return "it was created and never started" if health.state == "waiting" else ""
