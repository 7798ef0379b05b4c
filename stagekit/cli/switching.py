"""What `promote` and `rollback` share: showing the plan, asking, switching, and the last line."""

from __future__ import annotations

import argparse
import time

from stagekit.cli.database import now
from stagekit.cli.place import Place, on_terminal
from stagekit.cli.promoting import Promoting
from stagekit.promote.switch import SwitchPlan
from stagekit.release import Release
from stagekit.report.database import schema_lines
from stagekit.report.text import seconds
from stagekit.switching.failure import dirty, migration_breaks, needs_downtime
from stagekit.switching.releases import Ledger

OWN_STAGE = "rehearsal"


def refuse_dirty(place: Place, *, allowed: bool) -> None:
    """Raises ReleaseError where others would not find what a shared stage serves. A rehearsal is one's own."""
    revision, changed = place.checkout.revision()
    if changed and not allowed and not place.settings.stage.startswith(OWN_STAGE):
        raise dirty(revision)


def switch_to(at: Promoting, release: Release, ledger: Ledger, arguments: argparse.Namespace, *, moved: int = 0) -> int:
    """Shows the plan, asks, switches; 0 once the release serves."""
    stage = at.place.settings.stage
    began = time.monotonic()
    plan = at.switching.plan(release, ledger)
    if not plan:
        print(f"{stage}: {release.name} serves, nothing to do")
        return 0
    print(_shown(stage, plan, release, ledger))
    if plan.away() and not arguments.allow_downtime:
        raise needs_downtime(plan)
    if plan.breaking() and not getattr(arguments, "allow_breaking_migration", False):
        raise migration_breaks(plan)
    if on_terminal() and not arguments.yes and not _agreed():
        print("nothing was changed")
        return 1
    done = at.switching.switch(release, plan, moved=moved)
    print(_ending(stage, done, time.monotonic() - began))
    return 0


def _shown(stage: str, plan: SwitchPlan, release: Release, ledger: Ledger) -> str:
    current = ledger.current
    before = f"{current.name} ({current.by}, {current.at})" if current else "nothing"
    away = plan.away()
    cost = f"{', '.join(away)} will be away for some seconds" if away else "no downtime expected"
    back = f"; way back: `stagekit rollback` to {current.name}, 0 bytes, the schema stays" if current else ""
    lines = [
        f"{stage}  {before}  ->  {release.name}",
        "",
        *(f"  {line}" for line in plan.lines()),
        "",
        *schema_lines(plan.schema, release, ledger.releases.values(), stage, now()),
        f"{cost}{back}",
        "",
    ]
    return "\n".join(lines)


def _agreed() -> bool:
    try:
        return input("Go on? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _ending(stage: str, done: Release, took: float) -> str:
    course = done.course
    asked = f"{course.requests} requests during the switch, {course.failed} failed"
    return f"{stage}: {done.name} serves as release {done.number}. {seconds(took)}; {asked}."
