"""One step of making a machine a stage host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A change of the machine, decided.

    id      its stable name
    what    what it does, in words
    cause   why it is needed
    script  what does it: shell, run as root; run again, it changes nothing
    undo    what puts back what was before. Where it is given, the change could lock somebody out: it undoes itself
            unless it is confirmed over a new connection
    """

    id: str
    what: str
    cause: str
    script: str
    undo: str = ""


def step_lines(steps: tuple[Step, ...]) -> list[str]:
    """The plan as a person reads it."""
    wide = max((len(step.id) for step in steps), default=0)
    return [f"  {step.id:<{wide}}  {step.what}, because {step.cause}" for step in steps]
