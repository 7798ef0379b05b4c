"""The make targets of a promotion: what they run, in which order."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def verbs_of(target: str) -> list[str]:
    """The calls of stagekit that a target makes."""
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line.partition("/stagekit ")[2] for line in done.stdout.splitlines() if "/stagekit " in line]


def test_staging_remote_asks_for_the_host_before_it_builds_and_never_agrees_for_a_person() -> None:
    assert verbs_of("staging-remote") == ["build --stage staging", "promote --stage staging"]


def test_staging_rehearsal_needs_nothing_but_this_machine() -> None:
    assert verbs_of("staging-rehearsal") == [
        "rehearsal up",
        "build --stage rehearsal",
        "promote --stage rehearsal --yes",
    ]


def test_staging_rehearsal_never_reaches_the_host_that_the_environment_names() -> None:
    done = subprocess.run(["make", "-n", "staging-rehearsal"], cwd=ROOT, capture_output=True, text=True, check=True)
    promoting = next(line for line in done.stdout.splitlines() if "promote" in line)
    assert "env -u STAGEKIT_HOST" in promoting
