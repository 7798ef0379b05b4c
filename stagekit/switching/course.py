"""The course of a switch under the lock: heal what was cut off, plan again, walk, and walk back where a step fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.edge import EdgeDoor, EdgeFailed
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.errors import ReleaseError, StagekitError
from stagekit.promote.steps import MoveTraffic, SwitchStep
from stagekit.promote.switch import SwitchPlan, Target, plan_switch
from stagekit.release import Course, Release
from stagekit.stage import Observation, observe
from stagekit.stage.routes import EdgeSeen, read_routes, read_slots, running
from stagekit.switching import releases
from stagekit.switching.failure import SwitchFailed
from stagekit.switching.releases import Journal, Ledger
from stagekit.switching.walk import Walk


class RolledBack(StagekitError):
    """A step failed, and what served before serves."""

    exit_code = 4
    slug = "switch-rolled-back"


class WayBackFailed(StagekitError):
    """A step failed, and so did the way back."""

    exit_code = 5
    slug = "switch-way-back"


@dataclass(frozen=True)
class Begun:
    """A release made ready to walk to: its model, its target, and the walk that has its files."""

    model: Model
    target: Target
    walk: Walk


@dataclass
class Switch:
    """Switches one stage.

    prepare  makes a release ready: a walk with its definition, which writes the release down by the function given
    who      who switches
    now      the time, UTC, ISO 8601
    """

    engine: EngineDoor
    folder: HostFolder
    project: str
    prepare: Callable[[Release, bool, Callable[[], None]], Begun]
    who: str
    now: Callable[[], str]
    say: Callable[[str], None]

    def plan(self, release: Release, ledger: Ledger) -> SwitchPlan:
        """What a switch to the release would do now."""
        begun = self.prepare(release, self._is_recorded(release, ledger), lambda: None)
        return plan_switch(begun.target, *self.look(begun.model))

    def look(self, model: Model) -> tuple[Observation, EdgeSeen]:
        """The containers, and where the edge leads."""
        seen = observe(self.engine, self.project)
        service = model.block.edge.service if model.block.edge else ""
        edge = next((c.name for c in seen.of(service) if c.status == "running"), "")
        if not edge:
            return seen, EdgeSeen()
        door = EdgeDoor(self.engine, edge)
        try:
            return seen, EdgeSeen(read_routes(door.kept()), running(read_slots(*door.servers())))
        except (EdgeFailed, FileNotFoundError):
            return seen, EdgeSeen()

    def switch(self, release: Release, shown: SwitchPlan, *, moved: int = 0) -> Release:
        """Makes the release the one that serves; returns its record.

        shown  the plan that a person has agreed to
        Raises RolledBack, WayBackFailed, or ReleaseError where another switch is under way or the place has changed.
        """
        try:
            with self.folder.locked():
                return self._switch(release, shown, moved)
        except LockHeld:
            raise self._locked() from None

    def heal(self) -> str:
        """Finishes or undoes what was cut off; says which, or nothing where nothing was."""
        try:
            with self.folder.locked():
                return self._heal(releases.read_ledger(self.folder))
        except LockHeld:
            raise self._locked() from None

    def _switch(self, release: Release, shown: SwitchPlan, moved: int) -> Release:
        ledger = releases.read_ledger(self.folder)
        if self._heal(ledger):
            ledger = releases.read_ledger(self.folder)
        written: list[Release] = []
        begun = self.prepare(
            release,
            self._is_recorded(release, ledger),
            lambda: written.append(self._write(begun, release, ledger, moved)),
        )
        seen, edge = self.look(begun.model)
        before = self._counts(begun.model, seen)
        plan = plan_switch(begun.target, seen, edge)
        if plan != shown:
            raise ReleaseError(
                "the stage has changed since the plan was shown",
                evidence=[("now", line) for line in plan.lines()[:5]],
                next="look at the new plan: stagekit plan; then promote again",
                slug="plan-changed",
            )
        self._before = before
        self._walk(begun, plan.steps, release, ledger)
        return written[-1] if written else release

    def _walk(self, begun: Begun, steps: Sequence[SwitchStep], release: Release, ledger: Ledger) -> None:
        def note(step: SwitchStep) -> None:
            releases.begin(self.folder, Journal(release, type(step).__name__, self.who, self.now()))

        try:
            begun.walk.walk(steps, note)
        except StagekitError as failed:
            self._walk_back(failed, ledger)
        releases.end(self.folder)

    def _walk_back(self, failed: StagekitError, ledger: Ledger) -> None:
        if ledger.current is None:
            releases.end(self.folder)
            raise SwitchFailed(failed.what, evidence=failed.evidence, next=failed.next) from None
        self.say(f"{failed.what}; going back to {ledger.current.name}")
        try:
            self._return_to(ledger.current)
        except StagekitError as worse:
            raise WayBackFailed(
                f"{failed.what}, and the way back failed: {worse.what}",
                evidence=[*failed.evidence[:2], *worse.evidence[:3]],
                next="look: stagekit status; then mend it and promote again: the next command heals first",
            ) from None
        releases.end(self.folder)
        raise RolledBack(
            f"{failed.what}; still {ledger.current.name}, nothing was lost",
            evidence=failed.evidence,
            next="mend it, then promote again",
        ) from None

    def _return_to(self, release: Release) -> None:
        begun = self.prepare(release, True, lambda: None)
        begun.walk.walk(plan_switch(begun.target, *self.look(begun.model)).steps)

    def _heal(self, ledger: Ledger) -> str:
        if ledger.journal is None:
            return ""
        journal = ledger.journal
        target = journal.release if self._has_moved(journal.release) or ledger.current is None else ledger.current
        self.say(
            f"a switch to {journal.release.name} by {journal.by} was cut off at {journal.step}; going to {target.name}"
        )
        begun = self.prepare(
            target, self._is_recorded(target, ledger), lambda: self._write(begun, target, ledger, 0) and None
        )
        begun.walk.walk(plan_switch(begun.target, *self.look(begun.model)).steps)
        releases.end(self.folder)
        return target.name

    def _has_moved(self, release: Release) -> bool:
        """Whether the edge leads to what this release started: what it keeps is written before traffic moves."""
        begun = self.prepare(release, False, lambda: None)
        plan = plan_switch(begun.target, *self.look(begun.model))
        return not any(isinstance(step, MoveTraffic) for step in plan.steps)

    def _is_recorded(self, release: Release, ledger: Ledger) -> bool:
        current = ledger.current
        return current is not None and current.model == release.model and ledger.journal is None

    def _write(self, begun: Begun, release: Release, ledger: Ledger, moved: int) -> Release:
        seen, _ = self.look(begun.model)
        after = self._counts(begun.model, seen)
        before = getattr(self, "_before", (0, 0))
        course = Course(
            bytes=moved,
            seconds={name: round(value, 3) for name, value in begun.walk.seconds.items()},
            requests=max(after[0] - before[0], 0),
            failed=max(after[1] - before[1], 0),
        )
        found = release.model_copy(update={"at": self.now(), "course": course})
        releases.record(self.folder, found, ledger)
        return found

    def _counts(self, model: Model, seen: Observation) -> tuple[int, int]:
        service = model.block.edge.service if model.block.edge else ""
        edge = next((c.name for c in seen.of(service) if c.status == "running"), "")
        if not edge:
            return 0, 0
        counts = EdgeDoor(self.engine, edge).counts()
        return counts.requests, counts.failed

    def _locked(self) -> ReleaseError:
        journal = releases.read_ledger(self.folder).journal
        who = [("by", f"{journal.by}, since {journal.at}, to {journal.release.name}")] if journal else []
        return ReleaseError(
            "another switch of this stage is under way",
            evidence=who,
            next="wait for it, then type the same again: stagekit status says when it is over",
            slug="switch-locked",
        )
