"""How a switch can fail, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stagekit.errors import ReleaseError, StagekitError
from stagekit.promote.switch import SwitchPlan
from stagekit.switching.releases import Journal, Ledger


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


def compose_refused(text: str) -> SwitchFailed:
    """What Compose said, and what is known of it."""
    said = [("", text.strip().splitlines()[-1])]
    if "No such container" in text:
        said.append(("likely", "the host's engine lists a container that is gone; a restart of it puts that right:"))
        said.append(("", "as root there: systemctl restart docker (with live-restore, what runs goes on)"))
    return step_failed("Compose refused a step", said)


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


def unhealed(journal: Journal) -> ReleaseError:
    """A switch of this stage was cut off, and what runs there is of two releases."""
    return ReleaseError(
        "a switch of this stage was cut off",
        evidence=[("by", f"{journal.by}, since {journal.at}, to {journal.release.name}")],
        next="promote or roll back first, which heals it; then type the same again",
        slug="switch-cut-off",
    )


def not_destroyed(stage: str) -> ReleaseError:
    """Nobody has typed the stage's name."""
    return ReleaseError(
        "nothing was destroyed: the stage's name was not typed",
        next=f"type {stage} when asked, or add --confirm {stage}",
        slug="destroy-unconfirmed",
    )


def engine_keeps(said: str) -> ReleaseError:
    """The host's engine would not let something of a stage go."""
    return ReleaseError(
        "the host's engine keeps something of the stage; what was removed stays removed",
        evidence=[("it says", said.strip().splitlines()[0][:300])] if said.strip() else [],
        next="take away what uses it there, such as a container of somebody else's, then type the same again",
        slug="destroy-kept",
    )


def needs_downtime(plan: SwitchPlan) -> ReleaseError:
    """Services would be away for a moment, and nobody has agreed to that."""
    away = plan.away()
    return ReleaseError(
        f"{', '.join(away)} would be away for some seconds: {'it keeps' if len(away) == 1 else 'they keep'} state",
        evidence=[("plan", line) for line in plan.lines() if line.startswith("restart")][:5],
        next="promote when nobody minds: add --allow-downtime",
        slug="switch-downtime",
    )


def nothing_serves(stage: str) -> ReleaseError:
    """Nothing to look at: the stage has a host, and no release."""
    return ReleaseError(
        f"nothing was promoted to {stage} yet",
        next=f"promote what is here: stagekit promote --stage {stage}",
        slug="release-none",
    )


def migration_breaks(plan: SwitchPlan) -> ReleaseError:
    """Code that serves could not live with what the migrations do."""
    return ReleaseError(
        "the code that serves now cannot live with the pending migrations",
        evidence=[(finding.rule, f"line {finding.line} of their SQL: {finding.text}") for finding in plan.breaking()][
            :5
        ],
        next="do it in two releases: first code that needs it no longer, then the change; or, where requests may fail "
        "meanwhile: add --allow-breaking-migration",
        slug="migration-breaking",
    )


def dirty(revision: str) -> ReleaseError:
    """The tree has changes that are in no commit, and others would not find them."""
    return ReleaseError(
        f"the tree has changes beside {revision}, and a shared stage serves what others can find",
        next="commit them, or promote as it is: add --dirty",
        slug="release-dirty",
    )


def hook_failed(moment: str, command: str, last: Sequence[tuple[str, str]]) -> ReleaseError:
    """A hook that may stop what is about to happen has done so."""
    return ReleaseError(
        f"the hook {moment} failed, and nothing that runs was changed",
        evidence=[("command", command[:200]), *last],
        next="mend what it says, or the hook itself (x-stagekit.hooks), then type the same again",
        slug="hook-failed",
    )


def no_such_release(wanted: str, ledger: Ledger) -> ReleaseError:
    """Nothing to go back to by this name."""
    known = [(str(n), f"{r.name} by {r.by}, {r.at}") for n, r in sorted(ledger.releases.items(), reverse=True)]
    return ReleaseError(
        f"there is no release {wanted} to go back to" if wanted else "there is no earlier release to go back to",
        evidence=known[:5],
        next="`stagekit releases` lists them" if known else "promote one first: stagekit promote",
        slug="release-unknown",
    )


def state_refused(folder: str, said: str) -> ReleaseError:
    """The host does not read or write what it keeps of the stage."""
    return ReleaseError(
        f"the host refused to read or write {folder}",
        evidence=[("it said", line) for line in said.splitlines()[-3:]],
        next="make room there, or look who owns the folder; then the same again: `stagekit host check` asks for disk",
        slug="release-state",
    )
