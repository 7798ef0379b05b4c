"""What a person reads at the end of `up` and in `status`: plain text, one thing a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.stage import Address, Observation, ServiceHealth, StageState, stage_state, urls
from stagekit.stage.gate import SECRET, has_password

MARKS = {"healthy": "✓", "done": "✓", "failed": "✗", "absent": "-", "waiting": "·", "starting": "⠸"}


@dataclass(frozen=True)
class Person:
    """A test user: who they are and what they are good for."""

    name: str
    email: str
    note: str = ""


def seconds(value: float) -> str:
    """`0.9 s`, `31 s`, `3 m 10 s`."""
    if value < 10:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} m {rest:02} s" if minutes else f"{rest} s"


def first_line(stage: str, state: StageState, release: str, model: Model, address: Address) -> str:
    """The stage in words: `local: healthy, a1b2c3 + changes, 12 services, http://app.localhost:8642`."""
    found = urls(model, address)
    start = found.get("app") or next(iter(found.values()), "")
    parts = [state, release, f"{len(model.services)} services", start if state != "stopped" else ""]
    return f"{stage}: {', '.join(part for part in parts if part)}"


def service_lines(model: Model, states: Mapping[str, ServiceHealth]) -> list[str]:
    """One line a service: mark, name, state, what it waits for or what happened."""
    width = max((len(name) for name in states), default=0)
    return [f"  {MARKS[h.state]} {name:<{width}}  {_state(h)}".rstrip() for name, h in states.items()]


def address_lines(model: Model, address: Address, people: Sequence[Person] = ()) -> list[str]:
    """One line an address: title, URL, and the one thing to know there."""
    if not model.block.names:
        return [f"  {name:<10}{url}" for name, url in urls(model, address).items()]
    password = f"  password {model.block.people.password}" if model.block.people and model.block.people.password else ""
    who = " or ".join(person.email for person in people[:2]) + password
    rows = []
    for label, name in model.block.names.items():
        path = name.path if name.path != "/" else ""
        hint = f"sign in as {who}" if label == "app" and people else name.hint
        rows.append((name.title or label, address.url(label, path), hint))
    wide = max(len(url) for _, url, _ in rows) + 2
    return [f"  {title:<10}{url:<{wide}}{hint}".rstrip() for title, url, hint in rows]


def password_lines(model: Model, stage: str) -> list[str]:
    """Where the password of a shared stage comes from; none where it has none."""
    if not has_password(model):
        return []
    return [f"  password  any name, and what `stagekit secrets show {SECRET} --stage {stage}` prints"]


def status_text(
    stage: str,
    release: str,
    model: Model,
    states: Mapping[str, ServiceHealth],
    address: Address,
    people: Sequence[Person],
) -> str:
    """All of `status`: the stage, its services, its addresses."""
    state = stage_state(states)
    lines = [first_line(stage, state, release, model, address), "", *service_lines(model, states)]
    if state != "stopped":
        lines += ["", *address_lines(model, address, people)]
    following = {
        "stopped": "start it with `stagekit up`",
        "degraded": "`stagekit logs SERVICE` says why; `stagekit up` mends",
    }
    return "\n".join([*lines, *([f"\nnext: {following[state]}"] if state in following else [])])


def ports_of(observation: Observation, service: str, target: int) -> int:
    """The port of this machine at which a service's port is published; 0 where it is not."""
    return next((pub for c in observation.of(service) for inside, pub in c.ports if inside == target), 0)


def _state(health: ServiceHealth) -> str:
    if health.state == "failed":
        return f"failed    {health.reason}"
    if health.waits_for and health.state == "waiting":
        return f"waiting   for {', '.join(health.waits_for)}"
    return {"absent": "not there"}.get(health.state, health.state)
