"""The rehearsal hosts of a checkout, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class RehearsalState:
    """How one is.

    state    ready; booting, its Docker does not answer yet; silent, nor does its sshd; stopped or missing at the engine
    address  where it is reached
    detail   what is there, or why not
    port     of the stage's edge
    """

    name: str
    stage: str
    state: Literal["ready", "booting", "silent", "stopped", "missing"]
    address: str = ""
    detail: str = ""
    port: int = 0

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    def as_dict(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)


def rehearsal_lines(states: Sequence[RehearsalState]) -> list[str]:
    """One line each; what to type where there is none, or one is not ready."""
    if not states:
        return ["no rehearsal host here; make one with `stagekit rehearsal up`"]
    wide = max(len(state.stage) for state in states)
    lines = [
        f"{state.stage:<{wide}}  {', '.join(part for part in (state.state, state.address, state.detail) if part)}"
        for state in states
    ]
    again = [f"next: stagekit rehearsal up --name {state.name}" for state in states if not state.ready]
    return [*lines, *again]
