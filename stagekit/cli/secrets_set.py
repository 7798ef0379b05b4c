"""`stagekit secrets set`: the next version of a secret, from a pipe, from what is held, or typed."""

from __future__ import annotations

import argparse
import difflib
import getpass
import sys

from stagekit.cli.place import open_place
from stagekit.cli.promoting import Promoting, promoting
from stagekit.doors.folder import LockHeld
from stagekit.errors import SecretError
from stagekit.secret import Secret
from stagekit.secrets import Wanted
from stagekit.secrets.held import checked
from stagekit.switching import claims
from stagekit.switching.failure import locked
from stagekit.switching.releases import read_ledger


def set_secret(arguments: argparse.Namespace) -> int:
    """Stores it; 0 once the stage has it, also where it had it already."""
    place = open_place(arguments.project_directory, stage=arguments.stage)
    stage = place.settings.stage
    with promoting(place) as at:
        one = find(at, arguments.name)
        value = given(at, one)
        known = read_ledger(at.folder).secrets.newest(one.name)
        if known and known.fingerprint == at.store.fingerprint(one.name, value):
            print(f"{stage}: that is version {known.number} of {one.name} already, nothing to do")
            return 0
        number = stored(at, one.name, value)
    print(f"{stage}: {one.name} has version {number}; the next promotion uses it")
    return 0


def stored(at: Promoting, name: str, value: Secret) -> int:
    """Stores a value as the next version, under the stage's lock; returns its number.

    Raises GuardError for what must not reach a stage, such as a live key; ReleaseError where another switch is under
    way, or somebody else has claimed the stage.
    """
    at.files.guarded(name, value)
    try:
        with at.folder.locked():
            claims.refuse_others(at.folder, at.switching.who)
            known = read_ledger(at.folder).secrets
            at.store.add(name, value, known)
            return known.next_number(name)
    except LockHeld:
        raise locked(read_ledger(at.folder).journal) from None


def find(at: Promoting, name: str) -> Wanted:
    """The secret of this name. Raises SecretError where no service of the checkout is granted it."""
    known = {one.name: one for one in at.files.held.wanted}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    raise SecretError(
        f"no service is granted a secret of the name {name}",
        evidence=[("there are", ", ".join(known) or "none")],
        next=f"name one of those{f', {near[0]} perhaps' if near else ''}; or grant it by Compose's `secrets` "
        "(docs/secrets.md)",
        slug="secret-unknown",
    )


def given(at: Promoting, one: Wanted) -> Secret:
    """A value: what is piped in, else what is held, else what is typed. Raises SecretError where there is none."""
    piped = "" if sys.stdin.isatty() else sys.stdin.read()
    if piped.strip():
        return checked(one.name, piped)
    held = at.files.held.value(one)
    if held is not None:
        return held
    if sys.stdin.isatty():
        return checked(one.name, getpass.getpass(f"{one.name}: "))
    raise SecretError(
        f"there is no value of {one.name} to store",
        evidence=[("looked", at.files.held.where(one))],
        next=f"pipe it in: stagekit secrets set {one.name} --stage {at.place.settings.stage} < FILE",
        slug="secret-missing",
    )
