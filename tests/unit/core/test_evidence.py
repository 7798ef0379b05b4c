from __future__ import annotations

import json
from typing import Any

import pytest

from stagekit.release import ReleasedImage, record
from stagekit.release.evidence import Evidence, proof_of, read_evidence
from stagekit.report.proof import proof_lines, proof_words

IMAGES = {"web": ReleasedImage(name="w", identity="sha256:w"), "db": ReleasedImage(name="d", identity="sha256:d")}


def run(**more: Any) -> Evidence:
    given: dict[str, Any] = {
        "stage": "local",
        "release": "a1b2c3d",
        "when": "2026-11-24T07:00:00Z",
        "identities": {"web": "sha256:w", "db": "sha256:d", "mail": "sha256:m"},
        "passed": 41,
        "skipped": 2,
    }
    return Evidence(**{**given, **more})


def test_a_run_on_the_same_images_is_evidence() -> None:
    assert proof_of(IMAGES, [run()]) == (record.Tested(stage="local", when="2026-11-24T07:00:00Z", passed=41),)


@pytest.mark.parametrize("identities", [{"web": "sha256:w"}, {"web": "sha256:w", "db": "sha256:other"}, {}])
def test_one_image_that_was_not_tested_leaves_no_evidence(identities: dict[str, str]) -> None:
    assert proof_of(IMAGES, [run(identities=identities)]) == ()


def test_no_images_are_proven_by_nothing() -> None:
    assert proof_of({}, [run()]) == ()


def test_of_several_runs_the_newest_of_each_stage_counts() -> None:
    later = run(when="2026-11-24T08:00:00Z", passed=40)
    there = run(when="2026-11-24T07:30:00Z", stage="rehearsal", passed=12)
    assert [(t.stage, t.passed) for t in proof_of(IMAGES, [later, there, run()])] == [("local", 40), ("rehearsal", 12)]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"passed": 1}', '"x"'])
def test_evidence_that_cannot_be_read_proves_nothing(text: str) -> None:
    assert read_evidence(text) is None


def test_a_run_in_which_nothing_passed_proves_nothing() -> None:
    assert read_evidence(json.dumps(vars(run(passed=0)))) is None
    assert read_evidence(json.dumps(vars(run()))) == run()


def test_evidence_is_told_in_words() -> None:
    local, there = (
        record.Tested(stage="local", when="", passed=41),
        record.Tested(stage="rehearsal", when="", passed=12),
    )
    assert proof_words([]) == "no test has passed on these images"
    assert proof_words([local]) == "41 tests passed on these images"
    assert proof_words([record.Tested(stage="local", when="", passed=1)]) == "1 test passed on these images"
    assert proof_words([local, there]) == "41 tests passed on these images, 12 on rehearsal"
    assert proof_lines([]) == ["no test has passed on these images"]
    assert proof_lines([there]) == ["12 tests passed on these images, on rehearsal, "]
