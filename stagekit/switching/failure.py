"""A switch that failed, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stagekit.errors import ReleaseError


class SwitchFailed(ReleaseError):
    """A step did not succeed; what served still serves, or serves again."""

    slug = "switch-failed"


def step_failed(what: str, evidence: Sequence[tuple[str, str]] = ()) -> SwitchFailed:
    """A step that failed, before it is known what becomes of the stage."""
    return SwitchFailed(what, evidence=evidence, next="mend it, then promote again")
