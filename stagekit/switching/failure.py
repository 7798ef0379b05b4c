"""How a switch can fail, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stagekit.errors import ReleaseError, StagekitError
from stagekit.promote.switch import SwitchPlan
from stagekit.switching.releases import Journal


class SwitchFailed(ReleaseError):
    """A step did not succeed, and there is nothing to go back to."""

    slug = "switch-failed"


class RolledBack(ReleaseError):
    """A step did not succeed, and what served before serves."""

    exit_code = 4
    slug = "switch-rolled-back"


class WayBackFailed(ReleaseError):
    """A step did not succeed, and neither did the way back."""

    exit_code = 5
    slug = "switch-way-back"


def step_failed(what: str, evidence: Sequence[tuple[str, str]] = ()) -> SwitchFailed:
    """A step that failed, before it is known what becomes of the stage."""
    return SwitchFailed(what, evidence=evidence, next="mend it, then promote again")


def rolled_back(failed: StagekitError, to: str) -> RolledBack:
    """The step that failed, and what serves."""
    return RolledBack(
        f"{failed.what}; {to} serves as before, nothing was lost",
        evidence=failed.evidence,
        next="mend it, then promote again",
    )


def way_back_failed(failed: StagekitError, worse: StagekitError) -> WayBackFailed:
    """The step that failed, and why the way back did."""
    return WayBackFailed(
        f"{failed.what}, and the way back failed: {worse.what}",
        evidence=[*failed.evidence[:2], *worse.evidence[:3]],
        next="`stagekit status` shows what runs; mend it and promote again: the next command heals first",
    )


def changed(plan: SwitchPlan) -> ReleaseError:
    """The place is not what it was when the plan was shown."""
    return ReleaseError(
        "the stage has changed since the plan was shown",
        evidence=[("now" if n == 0 else "", line) for n, line in enumerate(plan.lines()[:5])],
        next="look at the new plan, then promote again: stagekit plan",
        slug="plan-changed",
    )


def locked(journal: Journal | None) -> ReleaseError:
    """Somebody else is switching this stage."""
    who = [("by", f"{journal.by}, since {journal.at}, to {journal.release.name}")] if journal else []
    return ReleaseError(
        "another switch of this stage is under way",
        evidence=who,
        next="wait for it, then type the same again; `stagekit status` says when it is over",
        slug="switch-locked",
    )
