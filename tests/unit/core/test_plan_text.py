from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core_fakes import model, service

from stagekit.compose import Block
from stagekit.compose.block import Smoke
from stagekit.database import Finding, Pending
from stagekit.promote.preview import Moving
from stagekit.promote.steps import (
    Drain,
    Migrate,
    MoveTraffic,
    Probe,
    Record,
    Recreate,
    Snapshot,
    StartAll,
    StartBeside,
    StopOld,
)
from stagekit.promote.switch import SwitchPlan
from stagekit.release import Release, record
from stagekit.report.plan import Proposal, plan_json, plan_text, uncopied
from stagekit.stage.routes import Server

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
IMAGE = "its image changed"
SERVERS = {"api": Server("shop-backend-2", 8000)}
STEPS = (
    StartBeside("backend", "shop-backend-2", IMAGE),
    Probe((Smoke(name="api"),), SERVERS, hidden=True),
    MoveTraffic(SERVERS),
    Drain(("api",), 60),
    Record(),
    StopOld("backend", ("shop-backend-1",)),
)
CODE = Moving(
    "shop/backend", {"backend": "stagekit/shop/backend:1"}, "sha256:b", 9, (8,), 104_000, there=False, code=True
)


def release(number: int, revision: str, **more: Any) -> Release:
    given: dict[str, Any] = {
        "number": number,
        "stage": "staging",
        "project": "shop",
        "revision": revision,
        "clean": True,
        "by": "ana",
        "at": "2026-11-24T07:00:00Z",
        "images": {},
        "model": "{}",
    }
    return Release.model_validate(given | more)


def proposal(*steps: Any, **more: Any) -> Proposal:
    tests = (record.Tested(stage="local", when="2026-11-24T08:00:00Z", passed=41),)
    given: dict[str, Any] = {
        "stage": "staging",
        "plan": SwitchPlan(steps),
        "release": release(4, "d4e5f6a", by="ben", at="2026-11-24T09:00:00Z", tests=tests),
        "current": release(3, "a1b2c3d"),
        "model": model(service("postgres"), service("backend"), service("edge")),
        "moving": (CODE,),
        "you": "ben",
        "limit": 300,
    }
    return Proposal(**(given | more))


def test_a_plan_says_from_what_to_what_why_at_what_cost_and_the_way_back() -> None:
    assert plan_text(proposal(*STEPS), NOW).splitlines() == [
        "staging  a1b2c3d (ana, 2 h ago)  ->  d4e5f6a (you, clean, 41 tests passed on these images)",
        "",
        "  deliver   backend      1 of 9 layers, 0.1 MB",
        "  switch    backend      beside the old one, because its image changed: code layer only, 0.1 MB",
        "  check     one question, before traffic moves",
        "  move      api",
        "  drain     api, at most 60 s",
        "  record    the release",
        "  stop      backend      shop-backend-1",
        "  keep      postgres, edge",
        "",
        "no downtime expected",
        "waits: for backend to be ready, at most 300 s each; for what api was asked before, at most 60 s",
        "way back: `stagekit rollback --stage staging` to a1b2c3d, 0 bytes, the schema stays",
    ]


def test_nothing_to_do_is_one_line_that_names_what_serves() -> None:
    assert plan_text(proposal(), NOW) == "staging: a1b2c3d serves, nothing to do"


def test_a_service_that_will_be_away_is_named_with_what_it_takes() -> None:
    told = plan_text(proposal(Recreate("postgres", IMAGE)), NOW)
    assert "postgres will be away for some seconds: it needs --allow-downtime" in told
    assert "no downtime" not in told


def test_a_first_promotion_comes_from_nothing_and_has_no_way_back() -> None:
    told = plan_text(proposal(StartAll(("postgres", "backend", "edge")), current=None), NOW)
    assert told.startswith("staging  nothing  ->  d4e5f6a (you, clean, ")
    assert "way back" not in told and "keep" not in told
    assert "for postgres, backend, edge to be ready, at most 300 s each" in told
    many = tuple(f"s{n}" for n in range(13))
    assert "waits: for 13 services to be ready" in plan_text(proposal(StartAll(many)), NOW)


def test_a_rollback_says_how_old_the_release_is_and_who_made_it() -> None:
    told = plan_text(proposal(*STEPS, release=release(2, "0a0b0c0"), current=release(3, "a1b2c3d"), moving=()), NOW)
    assert "->  0a0b0c0 (ana, 2 h ago, clean, no test has passed on these images)" in told
    assert "deliver" not in told and "because its image changed\n" in told


def test_a_tree_with_changes_and_a_note_are_told() -> None:
    unclean = release(4, "d4e5f6a", by="ben", clean=False)
    told = plan_text(proposal(*STEPS, release=unclean, notes=["a switch to x by ana was cut off"]), NOW)
    assert "d4e5f6a + changes (you, not clean" in told
    assert "a switch to x by ana was cut off" in told.splitlines()


def test_the_json_of_a_plan_has_the_same_facts() -> None:
    found = plan_json(proposal(*STEPS))
    assert (found["from"]["name"], found["to"]["name"]) == ("a1b2c3d", "d4e5f6a")
    assert found["to"]["tests"] == [{"stage": "local", "when": "2026-11-24T08:00:00Z", "passed": 41}]
    assert found["deliver"] == [
        {"image": "shop/backend", "services": ["backend"], "layers": 9, "missing": 1, "bytes": 104_000}
    ]
    assert found["steps"][0] == {
        "step": "StartBeside",
        "service": "backend",
        "because": "its image changed: code layer only, 0.1 MB",
        "text": "switch backend beside the old one, because its image changed: code layer only, 0.1 MB",
    }
    assert found["keep"] == ["postgres", "edge"]
    assert found["downtime"] == []
    assert found["waits"] == [
        {"until": "ready", "who": "backend", "seconds": 300},
        {"until": "answered", "who": "api", "seconds": 60},
    ]
    assert found["way_back"] == {"to": "a1b2c3d", "bytes": 0, "command": "stagekit rollback --stage staging"}


def test_the_json_of_a_plan_names_what_will_be_away_and_why() -> None:
    found = plan_json(proposal(Recreate("postgres", IMAGE), current=None, moving=()))
    assert found["downtime"] == [{"service": "postgres", "because": IMAGE}]
    assert found["from"] is None and found["way_back"] is None


def test_a_stage_that_was_up_once_is_told_that_no_copy_of_its_database_is_made() -> None:
    migrates = model(service("postgres"), block=Block.model_validate({"version": 1, "migrations": {"service": "m"}}))
    starts = SwitchPlan((StartAll(("postgres",)),))
    told = uncopied(starts, migrates, release(3, "a1b2c3d"), "staging")
    assert told[-1].endswith("stagekit rollback 3 --stage staging")
    assert uncopied(starts, migrates, None, "staging") == []
    assert uncopied(starts, model(service("postgres")), release(3, "a1b2c3d"), "staging") == []
    assert uncopied(SwitchPlan((Record(),)), migrates, release(3, "a1b2c3d"), "staging") == []


DROPS = Finding("ban-drop-column", "Dropping a column may break existing clients.", 3, breaking=True)
MIGRATES = (
    Snapshot("before-4", "a migration is pending", 18_000_000),
    Migrate("migrate", Pending("0001", "0002", (DROPS,))),
    Record(),
)


def test_a_breaking_migration_is_shown_with_its_lines_and_what_it_takes() -> None:
    lines = plan_text(proposal(*MIGRATES), NOW).splitlines()
    assert lines[3:6] == [
        "  snapshot  before-4     18 MB, because a migration is pending",
        "  migrate   0001 -> 0002, old code cannot live with it: ban-drop-column",
        "            breaks    line 3 of its SQL: Dropping a column may break existing clients.",
    ]
    assert any("it needs --allow-breaking-migration" in line for line in lines)
    assert "waits: for migrate to be ready, at most 300 s each" in lines


def test_a_script_reads_the_findings_of_a_migration() -> None:
    told = plan_json(proposal(*MIGRATES))["steps"][1]
    assert told["findings"] == ["breaks line 3 of its SQL: Dropping a column may break existing clients."]
