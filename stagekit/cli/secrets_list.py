"""`stagekit secrets list` and `check`: which versions there are, and whether what somebody holds is the same."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from stagekit.cli.place import open_place
from stagekit.cli.promoting import Promoting, promoting
from stagekit.report.secrets import SecretRow, Yours, check_text, secrets_json, secrets_text
from stagekit.secrets import Wanted
from stagekit.switching.releases import Ledger, read_ledger


def list_secrets(arguments: argparse.Namespace) -> int:
    """Prints them; 0."""
    stage, rows = _rows(arguments, compare=False)
    print(json.dumps(secrets_json(stage, rows), indent=2) if arguments.json else secrets_text(stage, rows, _now()))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Prints what is missing and what is held; 1 where something is missing."""
    stage, rows = _rows(arguments, compare=True)
    print(json.dumps(secrets_json(stage, rows), indent=2) if arguments.json else check_text(stage, rows, _now()))
    return int(any(row.missing for row in rows))


def _rows(arguments: argparse.Namespace, *, compare: bool) -> tuple[str, list[SecretRow]]:
    place = open_place(arguments.project_directory, stage=arguments.stage)
    with promoting(place) as at:
        ledger = read_ledger(at.folder)
        return place.settings.stage, [_row(at, ledger, one, compare=compare) for one in at.files.held.wanted]


def _row(at: Promoting, ledger: Ledger, one: Wanted, *, compare: bool) -> SecretRow:
    held = at.files.held
    newest = ledger.secrets.newest(one.name)
    serving = ledger.current.secrets.get(one.name) if ledger.current else None
    return SecretRow(
        name=one.name,
        services=one.services,
        newest=newest,
        serving=serving.number if serving else 0,
        yours=_yours(at, one, newest.fingerprint if newest else "") if compare else "none",
        missing=newest is None and not one.rule.generate and one.name not in held.names(),
    )


def _yours(at: Promoting, one: Wanted, fingerprint: str) -> Yours:
    value = at.files.held.value(one)
    if value is None:
        return "none"
    return "same" if fingerprint and at.store.fingerprint(one.name, value) == fingerprint else "other"


def _now() -> datetime:
    return datetime.now(UTC)
