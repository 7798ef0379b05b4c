"""`stagekit secrets show`: the value of a secret that is for people, such as the password of the stage."""

from __future__ import annotations

import argparse
import sys

from stagekit.cli.place import open_place
from stagekit.cli.promoting import promoting
from stagekit.cli.secrets_set import find
from stagekit.errors import SecretError
from stagekit.secrets import Wanted
from stagekit.secrets.numbers import missing
from stagekit.switching.releases import Ledger, read_ledger


def show(arguments: argparse.Namespace) -> int:
    """Prints it; 0."""
    place = open_place(arguments.project_directory, stage=arguments.stage)
    with promoting(place) as at:
        one = find(at, arguments.name)
        _refuse(one, place.settings.stage, seen=sys.stdout.isatty() or arguments.yes)
        value = at.store.read(one.name, _number(one, read_ledger(at.folder)))
    print(value.reveal())
    return 0


def _number(one: Wanted, ledger: Ledger) -> int:
    """The version that serves; the newest where none does. Raises SecretError where the stage has no value."""
    serving = ledger.current.secrets.get(one.name) if ledger.current else None
    newest = ledger.secrets.newest(one.name)
    if serving is None and newest is None:
        raise missing([one])
    return serving.number if serving else newest.number if newest else 0


def _refuse(one: Wanted, stage: str, *, seen: bool) -> None:
    if not one.rule.shared:
        raise SecretError(
            f"{one.name} is no secret for people: it is never printed",
            evidence=[("granted to", ", ".join(one.services))],
            next="who must see it says `shared: true` in x-stagekit.secrets (docs/secrets.md)",
            slug="secret-not-shared",
        )
    if not seen:
        raise SecretError(
            f"{one.name} would go to a file or a program, not to a terminal",
            next=f"stagekit secrets show {one.name} --stage {stage} --yes",
            slug="secret-unseen",
        )
