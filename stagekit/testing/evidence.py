"""Evidence: which tests passed on exactly these image identities, where and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from stagekit.doors.checkout import Checkout
from stagekit.testing.stage import Stage


@dataclass(frozen=True)
class Evidence:
    """One passing run.

    when        UTC, ISO 8601, whole seconds
    identities  fingerprint of each service's image, by service
    passed      how many tests passed; a run with a failure leaves no evidence
    skipped     how many were skipped
    """

    stage: str
    release: str
    when: str
    identities: Mapping[str, str]
    passed: int
    skipped: int


def record(stage: Stage, *, passed: int, skipped: int, now: datetime) -> str:
    """Writes the evidence into the project's `.stagekit/evidence/`; returns the file's name."""
    when = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = Evidence(stage.name, stage.release, when, dict(stage.identities), passed, skipped)
    name = f".stagekit/evidence/{when.replace(':', '')}.json"
    Checkout(stage.directory).write(name, json.dumps(asdict(found), indent=2) + "\n")
    return name
