"""The plan of a switch as a person reads it before they agree, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from stagekit.compose import Model
from stagekit.promote.preview import Moving
from stagekit.promote.steps import (
    Drain,
    Migrate,
    Recreate,
    RunOnce,
    StartAll,
    StartBeside,
    SwitchStep,
    line_of,
    more_of,
)
from stagekit.promote.switch import SwitchPlan
from stagekit.release import Release
from stagekit.report.ages import ago
from stagekit.report.proof import proof_words

WIDTH = 110
MANY = 6
IMAGE = "its image changed"


@dataclass(frozen=True)
class Wait:
    """What is waited for: that a service is `ready`, or that a name has `answered` what it was asked before.

    seconds  at most
    """

    until: Literal["ready", "answered"]
    who: str
    seconds: int


@dataclass(frozen=True)
class Proposal:
    """What is about to happen to a stage.

    release  what shall serve
    current  what serves; None where nothing does
    model    of that release
    moving   what would be moved to the host, by image
    you      who is asked
    limit    seconds that a service may take to be ready
    notes    what there is to know beside: a switch that was cut off, a claim
    """

    stage: str
    plan: SwitchPlan
    release: Release
    current: Release | None
    model: Model
    moving: Sequence[Moving]
    you: str
    limit: int
    notes: Sequence[str] = ()

    @property
    def serving(self) -> str:
        """The name of what serves, where there is nothing to do."""
        return (self.current or self.release).name

    def keeps(self) -> tuple[str, ...]:
        """The services that the plan leaves alone."""
        if any(isinstance(step, StartAll) for step in self.plan.steps):
            return ()
        touched = {getattr(step, "service", "") for step in self.plan.steps}
        return tuple(name for name in self.model.services if name not in touched)

    def waits(self) -> tuple[Wait, ...]:
        """What is waited for."""
        return tuple(_waits(self.plan.steps, self.limit))


def uncopied(plan: SwitchPlan, model: Model, current: Release | None, stage: str) -> list[str]:
    """That migrations may run and no copy is made before: the stage was up once, and its database does not run."""
    starts = any(isinstance(step, StartAll) for step in plan.steps)
    if not (starts and current and model.block.migrations):
        return []
    return [
        "the database does not run: if its data is still there, migrations change it with no copy made before",
        f"to have a copy, start what served first: stagekit rollback {current.number} --stage {stage}",
    ]


def plan_text(proposal: Proposal, now: datetime) -> str:
    """Everything that a person may want to know before they agree; one line where there is nothing to do."""
    if not proposal.plan:
        return "\n".join([f"{proposal.stage}: {proposal.serving} serves, nothing to do", *proposal.notes])
    lines = [_head(proposal, now), "", *(f"  {line}" for line in _steps(proposal)), ""]
    return "\n".join([*lines, *_ending(proposal), *proposal.notes, ""])


def plan_json(proposal: Proposal) -> dict[str, Any]:
    """The same for a script; sizes in bytes, times in seconds. An empty list of steps: there is nothing to do."""
    current = proposal.current
    return {
        "stage": proposal.stage,
        "from": _release(current) if current else None,
        "to": _release(proposal.release),
        "deliver": [
            {
                "image": one.reference,
                "services": list(one.names),
                "layers": one.layers,
                "missing": len(one.lacking),
                "bytes": one.bytes,
            }
            for one in proposal.moving
            if not one.there
        ],
        "steps": [_step(step, proposal) for step in proposal.plan.steps],
        "keep": list(proposal.keeps()),
        "downtime": [{"service": s.service, "because": s.cause} for s in _away(proposal.plan)],
        "waits": [{"until": wait.until, "who": wait.who, "seconds": wait.seconds} for wait in proposal.waits()],
        "way_back": {"to": current.name, "bytes": 0, "command": _back(proposal)} if current else None,
        "notes": list(proposal.notes),
    }


def _head(proposal: Proposal, now: datetime) -> str:
    current, release = proposal.current, proposal.release
    before = f"{current.name} ({_who(current, proposal)}, {ago(current.at, now)})" if current else "nothing"
    age = [ago(release.at, now)] if current and release.number <= current.number else []
    facts = [_who(release, proposal), *age, "clean" if release.clean else "not clean", proof_words(release.tests)]
    return f"{proposal.stage}  {before}  ->  {release.name} ({', '.join(facts)})"


def _steps(proposal: Proposal) -> Iterator[str]:
    for image in proposal.moving:
        if not image.there:
            yield f"deliver   {', '.join(image.names):<11}  {image.amount()}"
    moved = _by_service(proposal.moving)
    for step in proposal.plan.steps:
        yield from textwrap.wrap(line_of(_told(step, moved)), WIDTH, subsequent_indent=" " * 10)
        yield from (" " * 10 + more for more in more_of(step))
    if kept := proposal.keeps():
        yield from textwrap.wrap(f"keep      {', '.join(kept)}", WIDTH, subsequent_indent=" " * 10)


def _ending(proposal: Proposal) -> Iterator[str]:
    away = _away(proposal.plan)
    names = ", ".join(step.service for step in away)
    yield f"{names} will be away for some seconds: it needs --allow-downtime" if away else "no downtime expected"
    if proposal.plan.breaking():
        yield "requests may fail from the migrations until traffic has moved: it needs --allow-breaking-migration"
    if waits := _waits_words(proposal.waits()):
        yield from textwrap.wrap(f"waits: {waits}", WIDTH, subsequent_indent="  ")
    if proposal.current:
        yield f"way back: `{_back(proposal)}` to {proposal.current.name}, 0 bytes, the schema stays"


def _waits(steps: Sequence[SwitchStep], limit: int) -> Iterator[Wait]:
    for step in steps:
        match step:
            case StartAll(services):
                yield from (Wait("ready", service, limit) for service in services)
            case StartBeside(service, _, _) | Recreate(service, _) | RunOnce(service, _) | Migrate(service, _):
                yield Wait("ready", service, limit)
            case Drain(names, seconds):
                yield from (Wait("answered", name, seconds) for name in names)


def _waits_words(waits: Sequence[Wait]) -> str:
    ready, answered = ([wait for wait in waits if wait.until == until] for until in ("ready", "answered"))
    parts = [f"for {_names(ready)} to be ready, at most {ready[0].seconds} s each" if ready else ""]
    parts += [f"for what {_names(answered)} was asked before, at most {answered[0].seconds} s" if answered else ""]
    return "; ".join(part for part in parts if part)


def _names(waits: Sequence[Wait]) -> str:
    return ", ".join(wait.who for wait in waits) if len(waits) <= MANY else f"{len(waits)} services"


def _told(step: SwitchStep, moved: Mapping[str, Moving]) -> SwitchStep:
    """The step with what is known of its new image in the cause."""
    if not isinstance(step, RunOnce | Recreate | StartBeside) or step.cause != IMAGE:
        return step
    words = moved[step.service].change() if step.service in moved else ""
    return replace(step, cause=f"{IMAGE}: {words}") if words else step


def _step(step: SwitchStep, proposal: Proposal) -> dict[str, Any]:
    told = _told(step, _by_service(proposal.moving))
    service = {"service": getattr(step, "service", "")} if getattr(step, "service", "") else {}
    cause = {"because": getattr(told, "cause", "")} if getattr(told, "cause", "") else {}
    more = {"findings": [" ".join(line.split()) for line in more_of(step)]} if isinstance(step, Migrate) else {}
    return {"step": type(step).__name__, **service, **cause, "text": " ".join(line_of(told).split()), **more}


def _release(release: Release) -> dict[str, Any]:
    return {
        "number": release.number,
        "name": release.name,
        "by": release.by,
        "at": release.at,
        "clean": release.clean,
        "tests": [one.model_dump(mode="json") for one in release.tests],
    }


def _away(plan: SwitchPlan) -> tuple[Recreate, ...]:
    return tuple(step for step in plan.steps if isinstance(step, Recreate) and step.away)


def _by_service(images: Sequence[Moving]) -> dict[str, Moving]:
    return {service: image for image in images for service in image.names}


def _back(proposal: Proposal) -> str:
    return f"stagekit rollback --stage {proposal.stage}"


def _who(release: Release, proposal: Proposal) -> str:
    return "you" if release.by == proposal.you else release.by
