"""What `plan`, `promote` and `rollback` share: the proposal, asking, switching, and the last line."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from stagekit.cli.database import now
from stagekit.cli.hooks import HookRunner, Moment
from stagekit.cli.people import people_of
from stagekit.cli.place import Place, on_terminal
from stagekit.cli.promoting import Promoting
from stagekit.compose import Model, parse
from stagekit.promote.preview import Moving
from stagekit.release import Release
from stagekit.report.database import schema_lines
from stagekit.report.plan import Proposal, plan_text, uncopied
from stagekit.report.text import address_lines, password_lines, seconds
from stagekit.switching.failure import RolledBack, dirty, migration_breaks, needs_downtime
from stagekit.switching.releases import Ledger

OWN_STAGE = "rehearsal"


def refuse_dirty(place: Place, *, allowed: bool) -> None:
    """Raises ReleaseError where others would not find what a shared stage serves. A rehearsal is one's own."""
    revision, changed = place.checkout.revision()
    if changed and not allowed and not place.settings.stage.startswith(OWN_STAGE):
        raise dirty(revision)


def propose(
    at: Promoting, release: Release, ledger: Ledger, *, moving: Sequence[Moving] = (), notes: Sequence[str] = ()
) -> Proposal:
    """What a switch to the release would be, from the stage as it is now."""
    stage = at.place.settings.stage
    plan = at.switching.plan(release, ledger)
    model = parse(release.model, directory="", files=(), sources={})
    return Proposal(
        stage=stage,
        plan=plan,
        release=release,
        current=ledger.current,
        model=model,
        moving=moving,
        you=at.switching.who,
        limit=at.place.settings.timeout,
        notes=(
            *notes,
            *uncopied(plan, model, ledger.current, stage),
            *schema_lines(plan.schema, release, ledger.releases.values(), stage, now()),
        ),
    )


def switch_to(
    at: Promoting,
    proposal: Proposal,
    arguments: argparse.Namespace,
    hooks: HookRunner,
    *,
    deliver: Callable[[], int] = lambda: 0,
    after: Moment = "after_switch",
) -> int:
    """Shows the plan, asks, delivers, switches; 0 once the release serves.

    deliver  brings the images; returns the bytes that it moved
    after    the hook that is told of it
    """
    print(plan_text(proposal, datetime.now(UTC)))
    if not proposal.plan:
        return 0
    if proposal.plan.away() and not arguments.allow_downtime:
        raise needs_downtime(proposal.plan)
    if proposal.plan.breaking() and not getattr(arguments, "allow_breaking_migration", False):
        raise migration_breaks(proposal.plan)
    if on_terminal() and not arguments.yes and not _agreed():
        print("nothing was changed")
        return 1
    began = time.monotonic()
    moved = deliver()
    hooks.before("before_switch", proposal.release)
    done = _switch(at, proposal, hooks, moved)
    print(_ending(proposal.stage, done, time.monotonic() - began))
    hooks.after(after, done)
    if proposal.current is None or proposal.stage.startswith(OWN_STAGE):
        print(_addresses(at.place, proposal.model))
    return 0


def _switch(at: Promoting, proposal: Proposal, hooks: HookRunner, moved: int) -> Release:
    try:
        return at.switching.switch(proposal.release, proposal.plan, moved=moved)
    except RolledBack:
        if proposal.current:
            hooks.after("after_rollback", proposal.current)
        raise


def _agreed() -> bool:
    try:
        return input("Go on? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _ending(stage: str, done: Release, took: float) -> str:
    course = done.course
    asked = f"{course.requests} requests during the switch, {course.failed} failed"
    asked += f", {course.closed} closed at the drain limit" if course.closed else ""
    number = f" as release {done.number}" if done.revision else ""
    return f"{stage}: {done.name} serves{number}. {seconds(took)}; {asked}."


def _addresses(place: Place, model: Model) -> str:
    stage = place.settings.stage
    lines = [*address_lines(model, place.address, people_of(place, model)), *password_lines(model, stage)]
    back = f"go back with `stagekit rollback --stage {stage}`"
    return "\n".join(["", *lines, "", f"look with `stagekit status --stage {stage}`; {back}"])
