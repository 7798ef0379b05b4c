"""Hooks, run for real: small scripts in a folder of their own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from core_fakes import FakeListener

from stagekit.cli.hooks import HookRunner
from stagekit.compose.block import Hooks
from stagekit.errors import ReleaseError
from stagekit.release import Release
from stagekit.release.definition import released
from tests.support.drop_ins import wait_until

RELEASE = Release(
    number=7,
    stage="staging",
    project="shop",
    revision="a1b2c3d",
    clean=True,
    by="ana",
    at="2026-11-24T07:00:00Z",
    images={},
    model="{}",
)


def runner(folder: Path, listener: FakeListener | None = None, limit: float = 20.0, **hooks: Any) -> HookRunner:
    place: Any = SimpleNamespace(settings=SimpleNamespace(stage="staging"), checkout=SimpleNamespace(directory=folder))
    return HookRunner(place, Hooks.model_validate(hooks), listener or FakeListener(), limit)


def runs(process: int) -> bool:
    """Whether a process is there, and not only its remains."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_hook_gets_the_release_on_its_stdin_in_the_projects_folder(tmp_path: Path) -> None:
    (tmp_path / "note.sh").write_text('cat >"told.json"; echo "$STAGEKIT_HOOK of $STAGEKIT_STAGE" >which\n')
    runner(tmp_path, after_switch=["sh", "note.sh"]).after("after_switch", RELEASE)
    assert json.loads((tmp_path / "told.json").read_text())["revision"] == "a1b2c3d"
    assert (tmp_path / "which").read_text() == "after_switch of staging\n"


def test_a_hook_that_fails_before_stops_with_its_own_words(tmp_path: Path) -> None:
    words = ["sh", "-c", "echo not on Fridays >&2; exit 1"]
    with pytest.raises(ReleaseError) as stopped:
        runner(tmp_path, before_switch=words).before("before_switch", RELEASE)
    assert stopped.value.slug == "hook-failed"
    assert "not on Fridays" in str(stopped.value.evidence)


def test_a_hook_that_fails_after_is_said_and_changes_nothing(tmp_path: Path) -> None:
    listener = FakeListener()
    words = ["sh", "-c", "echo no network >&2; exit 6"]
    runner(tmp_path, listener, after_switch=words).after("after_switch", RELEASE)
    assert listener.told[-1] == "note the hook after_switch failed with 6, which changes nothing: no network"


def test_a_hook_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    words = ["sh", "-c", "sleep 60 & echo $! >child; wait"]
    began = time.monotonic()
    with pytest.raises(ReleaseError) as stopped:
        runner(tmp_path, limit=2, before_deliver=words).before("before_deliver", RELEASE)
    assert time.monotonic() - began < 30
    assert "no end after 2 s" in str(stopped.value.evidence)
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not runs(child), "what it started has ended too")


def test_a_hook_that_is_not_there_is_a_failed_one(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError) as stopped:
        runner(tmp_path, before_switch=["./nowhere"]).before("before_switch", RELEASE)
    assert "nowhere" in str(stopped.value.evidence)


def test_a_hook_that_reads_nothing_is_well(tmp_path: Path) -> None:
    big = RELEASE.model_copy(update={"model": "x" * 1_000_000})
    runner(tmp_path, before_switch=["true"]).before("before_switch", big)


def test_without_hooks_nothing_is_told(tmp_path: Path) -> None:
    listener = FakeListener()
    runner(tmp_path, listener).before("before_switch", RELEASE)
    runner(tmp_path, listener).after("after_rollback", RELEASE)
    assert listener.told == []


def test_hooks_stay_out_of_what_a_host_keeps() -> None:
    block = {"version": 1, "hooks": {"after_switch": ["sh", "-c", "true"]}, "names": {"app": {"service": "web"}}}
    text = json.dumps({"name": "shop", "services": {"web": {"image": "web"}}, "x-stagekit": block})
    kept = json.loads(released(text, {"web": "web:1"}))["x-stagekit"]
    assert kept == {"version": 1, "names": {"app": {"service": "web"}}}
