"""Failures of a stage in words: what happened, the evidence, the cause, what is not at fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from stagekit.compose import Model
from stagekit.errors import BuildError, ServiceError, StagekitError
from stagekit.stage.health import ServiceHealth, is_ready

ROOM = "make room: `docker system df` shows what takes it, `docker builder prune` empties a cache; then `stagekit up`"


def service_error(
    model: Model, states: Mapping[str, ServiceHealth], root: str, logs: Mapping[str, Sequence[str]]
) -> StagekitError:
    """A failed service, named as the root of what does not run."""
    health = states[root]
    if taken := _port_taken(health.reason):
        return taken
    noun = "did not finish" if root in model.one_shots() else "is not ready"
    return ServiceError(
        f"{root} {noun}: {health.reason}",
        evidence=[*_seen(health, logs.get(root, ())), *_not_at_fault(model, states, root)],
        next=f"mend it, then `stagekit up`; all of its log: `stagekit logs {root}`",
    )


def not_ready(
    model: Model, states: Mapping[str, ServiceHealth], limit: int, logs: Mapping[str, Sequence[str]]
) -> ServiceError:
    """The time is over; the service that holds the others back is named."""
    late = [h for h in states.values() if not is_ready(h)]
    first = next((h for h in late if not h.waits_for), late[0])
    return ServiceError(
        f"{first.service} is not ready after {limit} s",
        evidence=[*_seen(first, logs.get(first.service, ())), *_not_at_fault(model, states, first.service)],
        next=f"`stagekit logs {first.service}`; a slow start wants STAGEKIT_TIMEOUT={limit * 2}",
    )


def build_error(text: str, lines: Sequence[str], kept: str) -> BuildError:
    """A build or pull that failed, with the lines that tell why.

    kept  the file that has the whole output, as a person names it
    """
    telling = [line for line in lines if re.search(r"error|fail|denied|not found|cannot", line, re.IGNORECASE)]
    chosen = _last_step(lines) or telling or list(lines)
    shown = [("", line[:300]) for line in list(dict.fromkeys(line.strip() for line in chosen if line.strip()))[-4:]]
    if _disk_is_full("\n".join(lines)):
        return BuildError(f"{text} failed: the engine's disk is full", evidence=shown, next=ROOM, slug="disk")
    return BuildError(
        f"{text} failed",
        evidence=shown,
        next=f"correct it, then `stagekit up`; the whole output is in {kept}",
    )


def _last_step(lines: Sequence[str]) -> list[str]:
    """What the builder shows of the step that failed: its name, and the last lines that it wrote, between two rules."""
    rules = [at for at, line in enumerate(lines) if line.strip() == "------"]
    return list(lines[rules[-2] + 1 : rules[-1]]) if len(rules) > 1 else []


def compose_error(text: str) -> StagekitError:
    """Compose could not create or start something; known causes get their own words."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and "level=warning" not in line]
    if _disk_is_full(text):
        seen = [("", line) for line in lines[-3:]]
        return StagekitError("the engine's disk is full", evidence=seen, next=ROOM, slug="disk")
    return _port_taken(text) or StagekitError(
        "Compose could not start the stage",
        evidence=[("", line) for line in lines[-3:]],
        next="`stagekit status` shows what runs; `stagekit up` tries again",
        slug="compose",
    )


def _disk_is_full(text: str) -> bool:
    # The words of the kernel, as every program below passes them on; the engine has no code for it.
    return "no space left on device" in text.lower()


def _port_taken(text: str) -> StagekitError | None:
    # The engine's two ways to say it; it has no code of its own for this.
    taken = re.search(r"Bind for \S+?:(\d+) failed: port is already allocated|listen tcp4? \S+?:(\d+): bind", text)
    if taken is None:
        return None
    port = taken.group(1) or taken.group(2)
    return StagekitError(
        f"port {port} is taken by another program",
        evidence=[("the engine", taken.group(0))],
        next=f"end the program that listens there (`ss -ltnp 'sport = :{port}'`), or give the service another port",
        slug="port-taken",
    )


def _seen(health: ServiceHealth, log: Sequence[str]) -> list[tuple[str, str]]:
    seen = []
    probe = health.container.probe if health.container else None
    if probe and probe.exit_code:
        seen.append(("last probe", _last(probe.output.splitlines()) or f"it ended with {probe.exit_code}, silently"))
    lines = [line for line in log if line.strip()][-3:]
    seen += [("last lines" if n == 0 else "", line[:300]) for n, line in enumerate(lines)]
    return seen


def _not_at_fault(model: Model, states: Mapping[str, ServiceHealth], root: str) -> list[tuple[str, str]]:
    waiting = [name for name in model.dependents(root) if name in states and not is_ready(states[name])]
    if not waiting:
        return []
    return [("not at fault", f"{', '.join(waiting)} ({'it waits' if len(waiting) == 1 else 'they wait'} for {root})")]


def _last(lines: Sequence[str]) -> str:
    kept = [line.strip() for line in lines if line.strip()]
    return kept[-1][:300] if kept else ""
