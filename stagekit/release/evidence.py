"""Evidence: which tests passed on exactly these image identities, where and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stagekit.release.record import ReleasedImage, Tested


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


def read_evidence(text: str) -> Evidence | None:
    """Evidence from its file; None where it cannot be read: what is not proven was not tested."""
    try:
        found = Evidence(**json.loads(text))
        return found if set(found.identities.values()) and found.passed > 0 else None
    except (ValueError, TypeError, AttributeError):
        return None


def proof_of(images: Mapping[str, ReleasedImage], evidence: Iterable[Evidence]) -> tuple[Tested, ...]:
    """The tests that passed on these images, all of them: the newest run of each stage, the newest first."""
    wanted = {image.identity for image in images.values()}
    proven = [one for one in evidence if wanted and wanted <= set(one.identities.values())]
    newest = {one.stage: one for one in sorted(proven, key=lambda one: one.when)}
    found = sorted(newest.values(), key=lambda one: one.when, reverse=True)
    return tuple(Tested(stage=one.stage, when=one.when, passed=one.passed) for one in found)
