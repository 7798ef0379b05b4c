"""What a passing run of a product's tests leaves behind: which images they passed on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from stagekit.doors.checkout import Checkout
from stagekit.release.evidence import Evidence
from stagekit.testing.stage import Stage


def record(stage: Stage, *, passed: int, skipped: int, now: datetime) -> str:
    """Writes the evidence into the project's `.stagekit/evidence/`; returns the file's name."""
    when = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = Evidence(stage.name, stage.release, when, dict(stage.identities), passed, skipped)
    name = f".stagekit/evidence/{when.replace(':', '')}.json"
    Checkout(stage.directory).write(name, json.dumps(asdict(found), indent=2) + "\n")
    return name
