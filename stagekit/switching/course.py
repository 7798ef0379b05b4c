"""The course of a switch, under the lock: heal what was cut off, plan again, walk, and walk back where a step fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from stagekit.compose import Model
from stagekit.database.look import SchemaLook
from stagekit.database.schema import Schema
from stagekit.database.snapshot import before
from stagekit.doors.edge import Counts
from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.errors import DatabaseError, SecretError, StagekitError
from stagekit.promote.steps import MoveTraffic, SwitchStep
from stagekit.promote.switch import SwitchPlan, plan_switch
from stagekit.promote.target import Target
from stagekit.release import Course, Release, ReleasedSecret
from stagekit.secrets import Versions
from stagekit.secrets.numbers import lacking
from stagekit.secrets.store import SecretStore
from stagekit.switching import asleep, claims, releases
from stagekit.switching.failure import changed, locked, rolled_back, way_back_failed
from stagekit.switching.host import Host
from stagekit.switching.releases import Journal, Ledger
from stagekit.switching.walk import Walk


@dataclass(frozen=True)
class Ready:
    """A release whose definition lies where Compose can read it; `definitions` and `alone` are those of a Target."""

    model: Model
    definitions: Mapping[str, str]
    alone: Mapping[str, str]
    walk: Walk
    schema: SchemaLook
    secrets: SecretStore

    def target(
        self,
        release: Release,
        schema: Schema | None,
        lacking: tuple[str, ...],
        *,
        recorded: bool,
        back: bool,
        resumed: bool = False,
    ) -> Target:
        """What a plan is made for."""
        copy = before(release.number)
        return Target(self.model, self.definitions, recorded, back, self.alone, schema, copy, lacking, resumed)


@dataclass
class Switching:
    """Switches one stage to releases.

    ready  makes a release ready
    who    who switches
    now    the time: UTC, ISO 8601
    say    tells a person what was found
    """

    host: Host
    folder: HostFolder
    ready: Callable[[Release], Ready]
    who: str
    now: Callable[[], str]
    say: Callable[[str], None]

    def plan(self, release: Release, ledger: Ledger) -> SwitchPlan:
        """What a switch to the release would do now."""
        return self._plan(self.ready(release), release, ledger)

    def switch(self, release: Release, shown: SwitchPlan, *, moved: int = 0) -> Release:
        """Makes the release the one that serves; returns it with the course of this switch.

        shown  the plan that a person has agreed to
        moved  the bytes that were delivered for it
        Raises RolledBack, WayBackFailed or SwitchFailed; ReleaseError where another switch is under way, where
        somebody else has claimed the stage, or where the place is not what it was.
        """
        try:
            with self.folder.locked():
                claims.refuse_others(self.folder, self.who)
                return self._switch(release, shown, moved)
        except LockHeld:
            raise locked(releases.read_ledger(self.folder).journal) from None

    def heal(self) -> Ledger:
        """What the host keeps of the stage, after a switch that was cut off has been finished or undone.

        Raises ReleaseError where another switch is under way, where somebody else has claimed the stage, or where it
        sleeps.
        """
        claims.refuse_others(self.folder, self.who)
        asleep.refuse(self.folder)
        ledger = releases.read_ledger(self.folder)
        if ledger.journal is None:
            return ledger
        try:
            with self.folder.locked():
                return self._healed(releases.read_ledger(self.folder))
        except LockHeld:
            raise locked(ledger.journal) from None

    def _switch(self, release: Release, shown: SwitchPlan, moved: int) -> Release:
        ledger = self._healed(releases.read_ledger(self.folder))
        ready = self.ready(release)
        plan = self._plan(ready, release, ledger)
        if plan != shown:
            raise changed(plan)
        counted = self.host.counts(ready.model)

        def done() -> Release:
            course = _course(ready.walk, counted, self.host.counts(ready.model), moved)
            told = {"at": self.now(), "course": course, "snapshot": ready.walk.kept}
            told |= {"secrets": _fingerprinted(release, ready.walk.secrets or ledger.secrets)}
            return release.model_copy(update=told)

        def record() -> None:
            releases.record(self.folder, done(), ledger)

        try:
            ready.walk.walk(plan.steps, before=self._journal(release, ready.walk), record=record)
        except StagekitError as failed:
            self._go_back(failed, release, ledger)
        releases.end(self.folder)
        self._forget_old_snapshots(ready.walk, ledger)
        self._forget_old_secrets(ready.secrets)
        return done()

    def _forget_old_snapshots(self, walk: Walk, earlier: Ledger) -> None:
        """Those of releases that are no longer kept."""
        kept = releases.read_ledger(self.folder).releases
        gone = [r.snapshot.name for n, r in earlier.releases.items() if n not in kept and r.snapshot]
        try:
            if gone and walk.vault:
                walk.vault.forget(gone)
        except DatabaseError as failed:
            self.say(f"{failed.what}; these stay: {', '.join(gone)}")  # the switch itself is done

    def _forget_old_secrets(self, store: SecretStore) -> None:
        """Versions that no kept release names; the newest is what the next release gets."""
        ledger = releases.read_ledger(self.folder)
        picks = [item for release in ledger.releases.values() for item in release.picks().items()]
        named = {(name, number) for name, pick in picks for number in pick.all()}
        try:
            store.forget(named, ledger.secrets)
        except SecretError as failed:
            self.say(f"{failed.what}: {failed.evidence[0][1]}")  # the switch itself is done

    def _go_back(self, failed: StagekitError, release: Release, ledger: Ledger) -> NoReturn:
        """Brings what served before back, and tells why."""
        if ledger.current is None:
            releases.end(self.folder)
            raise failed
        self.say(f"{failed.what}; going back to {ledger.current.name}")
        try:
            self._walk_to(ledger.current, ledger, back=True)
        except StagekitError as worse:
            raise way_back_failed(failed, worse) from None
        releases.give_up(self.folder, ledger, release.number)
        raise rolled_back(failed, ledger.current.name) from None

    def _healed(self, ledger: Ledger) -> Ledger:
        """The stage after what was cut off has been finished, or undone where traffic had not moved."""
        if ledger.journal is None:
            return ledger
        begun = ledger.journal.release
        finish = ledger.current is None or self._has_moved(begun, ledger)
        to = begun if finish or ledger.current is None else ledger.current
        self.say(
            f"a switch to {begun.name} by {ledger.journal.by} was cut off; {'finishing' if finish else 'undoing'} it"
        )
        if finish:
            self._walk_to(
                to, ledger, back=False, resumed=True, record=lambda done: releases.record(self.folder, done, ledger)
            )
        else:
            self._walk_to(to, ledger, back=True, resumed=True)
        releases.give_up(self.folder, ledger, begun.number) if not finish else releases.end(self.folder)
        return releases.read_ledger(self.folder)

    def _walk_to(
        self,
        release: Release,
        ledger: Ledger,
        *,
        back: bool,
        resumed: bool = False,
        record: Callable[[Release], None] = lambda done: None,
    ) -> None:
        ready = self.ready(release)
        is_back, walk, known = back or ledger.is_back(release), ready.walk, ledger.secrets
        plan = self._planned(ready, release, known, recorded=False, back=is_back, may_migrate=not back, resumed=resumed)

        def done() -> None:
            secrets = _fingerprinted(release, walk.secrets or known)
            record(release.model_copy(update={"snapshot": walk.kept or release.snapshot, "secrets": secrets}))

        walk.walk(plan.steps, record=done)

    def _has_moved(self, release: Release, ledger: Ledger) -> bool:
        """Whether the edge leads to what this release started: what it keeps is written before traffic moves."""
        back = ledger.is_back(release)
        ready = self.ready(release)
        plan = self._planned(ready, release, ledger.secrets, recorded=True, back=back, may_migrate=False)
        return not any(isinstance(step, MoveTraffic) for step in plan.steps)

    def _plan(self, ready: Ready, release: Release, ledger: Ledger) -> SwitchPlan:
        recorded, back = _is_recorded(release, ledger), ledger.is_back(release)
        return self._planned(ready, release, ledger.secrets, recorded=recorded, back=back, may_migrate=True)

    def _planned(
        self,
        ready: Ready,
        release: Release,
        known: Versions,
        *,
        recorded: bool,
        back: bool,
        may_migrate: bool,
        resumed: bool = False,
    ) -> SwitchPlan:
        seen, edge = self.host.see(ready.model)
        schema = ready.schema(seen, back=back, may_migrate=may_migrate)
        needed = lacking(release.picks(), known)
        target = ready.target(release, schema, needed, recorded=recorded, back=back, resumed=resumed)
        return plan_switch(target, seen, edge)

    def _journal(self, release: Release, walk: Walk) -> Callable[[SwitchStep], None]:
        def note(step: SwitchStep) -> None:
            begun = release.model_copy(update={"snapshot": walk.kept})
            releases.begin(self.folder, Journal(begun, type(step).__name__, self.who, self.now()))

        return note


def _is_recorded(release: Release, ledger: Ledger) -> bool:
    """Whether the stage's records say already that this is what serves."""
    current = ledger.current
    return ledger.journal is None and current is not None and current.model == release.model


def _fingerprinted(release: Release, known: Versions) -> dict[str, ReleasedSecret]:
    found = {name: (secret, known.find(name, secret.number)) for name, secret in release.secrets.items()}
    return {
        name: secret.model_copy(update={"fingerprint": version.fingerprint}) if version else secret
        for name, (secret, version) in found.items()
    }


def _course(walk: Walk, before: Counts, after: Counts, moved: int) -> Course:
    return Course(
        bytes=moved,
        seconds={name: round(value, 3) for name, value in walk.seconds.items()},
        requests=max(after.requests - before.requests, 0),
        failed=max(after.failed - before.failed, 0),
        closed=walk.cut,
    )
