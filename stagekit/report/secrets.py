"""The secrets of a stage as text and as JSON: names, versions, ages, fingerprints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from stagekit.report.ages import ago
from stagekit.secrets import Version

Yours = Literal["same", "other", "none"]


@dataclass(frozen=True)
class SecretRow:
    """One secret of a stage.

    newest   the version that the next release gets; None where there is none
    serving  the number of the version that serves; 0 where none does
    yours    how what a person holds compares to the newest; `none`: they hold nothing
    missing  whether the next promotion would be refused for it
    """

    name: str
    services: tuple[str, ...]
    newest: Version | None
    serving: int
    yours: Yours = "none"
    missing: bool = False


def secrets_text(stage: str, rows: Sequence[SecretRow], now: datetime) -> str:
    """One line a secret."""
    if not rows:
        return f"{stage}: no service is granted a secret"
    wide = max(len(row.name) for row in rows)
    lines = [f"  {row.name:<{wide}}  {_version(row, now)}" for row in rows]
    return "\n".join([f"{stage}: {len(rows)} secret{'s' if len(rows) > 1 else ''}", *lines])


def check_text(stage: str, rows: Sequence[SecretRow], now: datetime) -> str:
    """What is missing, what you hold, and what to type."""
    wide = max((len(row.name) for row in rows), default=0)
    lines = [f"  {row.name:<{wide}}  {_verdict(row)}" for row in rows]
    missing = [row.name for row in rows if row.missing]
    next_ = [f"next: stagekit secrets set {missing[0]} --stage {stage}"] if missing else []
    head = f"{len(missing)} of {len(rows)} secrets missing" if missing else f"{len(rows)} secrets, none missing"
    return "\n".join([f"{stage}: {head}", *lines, *next_])


def secrets_json(stage: str, rows: Sequence[SecretRow]) -> dict[str, Any]:
    """The same for a script."""
    found = [
        {
            **asdict(row),
            "newest": row.newest.model_dump(mode="json") if row.newest else None,
            "services": [*row.services],
        }
        for row in rows
    ]
    return {"stage": stage, "secrets": found}


def _version(row: SecretRow, now: datetime) -> str:
    if row.newest is None:
        return "missing" if row.missing else "made at the first promotion"
    newest = row.newest
    facts = f"version {newest.number:<3} {newest.fingerprint}  {newest.made} {ago(newest.at, now)} by {newest.by}"
    if row.serving == newest.number:
        return f"{facts}, serves"
    before = f"version {row.serving} serves" if row.serving else "nothing serves with it"
    return f"{facts}; {before} until the next promotion"


def _verdict(row: SecretRow) -> str:
    if row.newest is None:
        if row.missing:
            return "missing: neither the stage nor you have a value"
        return "made at the first promotion" if row.yours == "none" else "yours is taken at the next promotion"
    yours = {
        "same": "you hold the same",
        "other": "you hold another value, which a promotion leaves alone",
        "none": "you hold none, and need none",
    }[row.yours]
    return f"version {row.newest.number}; {yours}"
