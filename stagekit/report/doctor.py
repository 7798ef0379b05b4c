"""What the doctor found: one line each, then what to type for each that has a fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stagekit.doctor import Finding

MARKS = {"ok": "✓", "info": "·", "warn": "→", "fail": "✗"}


def doctor_text(findings: Sequence[Finding]) -> str:
    """The lines a person reads; the last one counts."""
    wide = max((len(finding.id) for finding in findings), default=0)
    lines = [_line(finding, wide) for finding in findings]
    fixes = [_next(finding) for finding in findings if finding.fix and finding.level != "ok"]
    return "\n".join([*lines, "", *dict.fromkeys(fixes), *([""] if fixes else []), _count(findings)])


def doctor_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """`{"ok": …, "findings": [{"id", "level", "what", "where", "fix"}]}`; `ok` where nothing failed."""
    return {"ok": is_well(findings), "findings": [asdict(finding) for finding in findings]}


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether no check failed."""
    return all(finding.level != "fail" for finding in findings)


def _line(finding: Finding, wide: int) -> str:
    where = f"  ({finding.where})" if finding.where else ""
    return f"{finding.id:<{wide}} {MARKS[finding.level]} {finding.what}{where}"


def _next(finding: Finding) -> str:
    return f"next: {finding.id}{f' at {finding.where}' if finding.where else ''}: {finding.fix}"


def _count(findings: Sequence[Finding]) -> str:
    levels = Counter(finding.level for finding in findings)
    if not levels["fail"] and not levels["warn"]:
        return "nothing to mend"
    parts = [(levels["fail"], "failed"), (levels["warn"], "to mend before others rely on it")]
    return ", ".join(f"{count} {words}" for count, words in parts if count)
