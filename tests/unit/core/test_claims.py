from __future__ import annotations

import json
from typing import Any, cast

import pytest
from core_fakes import FakeFolder

from stagekit.cli.database import AtDatabase
from stagekit.errors import ReleaseError, UsageError
from stagekit.release.claim import Claim, parse_length, read_claim
from stagekit.switching import claims


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("2h", 7200), ("1d", 86400), ("14d", 14 * 86400)])
def test_a_length_is_minutes_hours_or_days(text: str, seconds: int) -> None:
    assert parse_length(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "0h", "-1h", "2 h", "2h30m", "15d", "1.5h", "999999d", "²h"])
def test_any_other_length_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_length(text)
    assert "2h" in refused.value.next


def test_others_are_told_who_why_and_until_when() -> None:
    folder = FakeFolder(clock=1_764_000_000)
    claims.take(folder, "ana", "demo", 7200)
    with pytest.raises(ReleaseError) as refused:
        claims.refuse_others(folder, "ben")
    assert refused.value.what == "the stage is claimed by ana for demo, until 2025-11-24 18:00 UTC"
    assert refused.value.slug == "stage-claimed"


def test_ones_own_claim_holds_nobody_up_and_can_be_made_longer() -> None:
    folder = FakeFolder(clock=1000)
    claims.take(folder, "ana", "demo", 60)
    claims.refuse_others(folder, "ana")
    assert claims.take(folder, "ana", "longer", 600).until == 1600


def test_nobody_takes_or_ends_a_claim_of_somebody_else_unless_forced() -> None:
    folder = FakeFolder(clock=1000)
    claims.take(folder, "ana", "demo", 60)
    for deed in (lambda: claims.take(folder, "ben", "mine", 60), lambda: claims.release(folder, "ben")):
        with pytest.raises(ReleaseError):
            deed()
    claims.release(folder, "ben", force=True)
    assert claims.read(folder) is None


def test_a_claim_ends_by_the_hosts_clock() -> None:
    folder = FakeFolder(clock=1000)
    claims.take(folder, "ana", "demo", 60)
    folder.clock = 1059
    assert claims.read(folder) is not None
    folder.clock = 1060
    assert claims.read(folder) is None
    claims.refuse_others(folder, "ben")


def test_a_restore_by_somebody_else_is_refused_and_a_copy_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = FakeFolder(clock=1000)
    claims.take(folder, "ana", "demo", 60)
    nothing: Any = None
    there = AtDatabase(nothing, nothing, nothing, nothing, cast(Any, folder))
    monkeypatch.setenv("LOGNAME", "ben")
    with pytest.raises(ReleaseError) as refused, there.alone("restore", changes=True):
        pass
    assert refused.value.slug == "stage-claimed"
    with there.alone("snapshot"):
        pass
    monkeypatch.setenv("LOGNAME", "ana")
    with there.alone("restore", changes=True):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"by": "ana"}', '{"by": "a", "why": "b", "until": 1, "new": 1}'])
def test_a_claim_that_cannot_be_read_is_never_taken_for_none(text: str) -> None:
    folder = FakeFolder({"claim.json": text})
    with pytest.raises(ReleaseError) as refused:
        claims.refuse_others(folder, "ana")
    assert "claim.json" in refused.value.what and "--force" in refused.value.next
    claims.release(folder, "ana", force=True)
    assert folder.files == {}


def test_what_a_claim_says_cannot_move_anybodys_cursor() -> None:
    hostile = Claim(by="ana", why="\x1b[2Jdemo\r\n$(reboot)", until=0)
    assert hostile.words() == "claimed by ana for [2Jdemo$(reboot), until 1970-01-01 00:00 UTC"
    assert read_claim(json.dumps(hostile.model_dump()), "x") == hostile
