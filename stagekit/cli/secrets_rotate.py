"""`stagekit secrets rotate`: the release that serves, with a new version of one secret, by an ordinary switch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from stagekit.cli.place import open_place
from stagekit.cli.promoting import Promoting, promoting
from stagekit.cli.secrets_set import find, given
from stagekit.cli.switching import propose, switch_to
from stagekit.errors import SecretError
from stagekit.release import Release, ReleasedSecret
from stagekit.release.definition import with_secret
from stagekit.secrets import Wanted
from stagekit.secrets.numbers import Pick, pick
from stagekit.switching.failure import nothing_serves
from stagekit.switching.releases import Ledger, read_ledger


def rotate(arguments: argparse.Namespace) -> int:
    """Rotates; 0 once the release serves with the new version."""
    place = open_place(arguments.project_directory, stage=arguments.stage)
    stage = place.settings.stage
    with promoting(place) as at:
        ledger = at.switching.heal()
        if ledger.current is None:
            raise nothing_serves(stage)
        one = find(at, arguments.name)
        _refuse(one, ledger.current, stage)
        at.files.given[one.name] = None if one.rule.generate else at.files.guarded(one.name, given(at, one))
        release = _with_next(at, ledger.current, ledger, one, alone=arguments.revoke)
        notes = _losses(ledger, one.name, release) if arguments.revoke else []
        done = switch_to(at, propose(at, release, ledger, notes=notes), arguments, at.hooks(lenient=True))
        if done == 0 and arguments.revoke:
            _revoke(at, one.name, release)
            print(f"{stage}: older versions of {one.name} are revoked")
        return done


def _with_next(at: Promoting, current: Release, ledger: Ledger, one: Wanted, *, alone: bool) -> Release:
    """The release that serves, as a new one with the next version of a secret.

    alone  without the version before beside it
    """
    old = current.picks()[one.name]
    number = ledger.secrets.next_number(one.name)
    new = Pick(number) if alone else pick(one, number, ledger.secrets, old)
    secret = ReleasedSecret(number=new.number, previous=new.previous)
    return current.model_copy(
        update={
            "number": ledger.next_number(),
            "by": at.switching.who,
            "at": at.switching.now(),
            "secrets": {**current.secrets, one.name: secret},
            "model": with_secret(current.model, one.name, old, new),
            "snapshot": None,
        }
    )


def _refuse(one: Wanted, current: Release, stage: str) -> None:
    if one.rule.fixed:
        raise SecretError(
            f"{one.name} cannot be rotated: what keeps it took it up when it was made",
            evidence=[("granted to", ", ".join(one.services))],
            next="it never leaves the stage's own network; a stage made anew has a new one",
            slug="secret-fixed",
        )
    if one.name not in current.secrets:
        raise SecretError(
            f"the release that serves is not granted {one.name}",
            evidence=[("it is", current.name)],
            next=f"promote first: stagekit promote --stage {stage}",
            slug="secret-unknown",
        )


def _losses(ledger: Ledger, name: str, new: Release) -> Sequence[str]:
    """The rollbacks that a revocation takes."""
    numbers = [r.number for r in ledger.newest_first() if name in r.secrets and r.number != new.number]
    told = ", ".join(str(number) for number in numbers)
    return [f"revoked then: there is no rollback to release{'s' if len(numbers) > 1 else ''} {told} any more"]


def _revoke(at: Promoting, name: str, release: Release) -> None:
    known = read_ledger(at.folder).secrets
    kept = release.secrets[name].number
    old = [v.number for v in known.secrets[name] if v.number != kept and not v.revoked]
    at.store.revoke(name, old, known)
