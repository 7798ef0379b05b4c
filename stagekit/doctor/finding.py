"""One answer of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stagekit.errors import StagekitError

Level = Literal["ok", "info", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """What was found by one check.

    id     the check's stable name
    level  ok; info, worth knowing; warn, mend it before others rely on the stage; fail, a stage cannot run
    what   one line, in words
    where  `file:line`, a file or a service; empty where it is the machine
    fix    what to type or to write; empty where nothing is to be done
    """

    id: str
    level: Level
    what: str
    where: str = ""
    fix: str = ""


def from_error(id: str, error: StagekitError) -> list[Finding]:
    """An expected failure as findings: one for each place that it names."""
    rows = [(label, text) for label, text in error.evidence if label]
    if not rows:
        return [Finding(id, "fail", error.what, fix=error.next)]
    return [Finding(id, "fail", f"{error.what}: {text}", where, error.next) for where, text in rows]
