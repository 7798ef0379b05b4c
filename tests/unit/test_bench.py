"""The bench's pure parts: rows, goals, the table, what counts as memory, where the bare run is possible."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.bare import bare_environment, obstacle, unmeasured
from bench.memory import used
from bench.promote_project import moment
from bench.promote_replay import main as replay
from bench.promote_replay import record
from bench.rows import Goal, Measurement, middle, table
from bench.stack import keep_caches, names_a_stage
from stagekit.bootstrap.answer import Answer
from stagekit.bootstrap.machine import Machine

KEYS = ["name", "value", "unit", "peer", "peer_value", "ratio", "goal", "met"]
UP = Measurement("up", "s", Goal(1.1, "ratio"), 10.5, "docker compose up --wait", 10.0)
MACHINE = Machine({"PATH": "/usr/bin"}, Path("/root"), 0, "Linux", Path("/nowhere"), ask=lambda _: Answer("absent"))


def test_goal_of_a_ratio_is_held_against_the_peer() -> None:
    assert (UP.ratio, UP.met, UP.goal.text("s")) == (1.05, True, "<= 1.1x")
    assert replace(UP, value=11.1).met is False


def test_goal_of_a_value_is_held_without_a_peer() -> None:
    row = Measurement("memory", "MiB", Goal(2048), 2048.0)
    assert (row.ratio, row.met, row.goal.text("MiB")) == (None, True, "<= 2048 MiB")
    assert replace(row, value=2048.1).met is False


def test_what_is_only_reported_has_no_goal_to_meet() -> None:
    row = replace(UP, goal=None)
    assert (row.met, row.as_dict()["goal"]) == (None, None)
    assert table([row]).splitlines()[1].split()[-2:] == ["-", "-"]


@pytest.mark.parametrize("peer", [None, 0.0])
def test_ratio_without_a_peers_value_is_unknown_and_so_is_its_goal(peer: float | None) -> None:
    row = replace(UP, peer_value=peer)
    assert (row.ratio, row.met) == (None, None)


def test_row_has_the_promised_keys_and_is_json() -> None:
    row = json.loads(json.dumps(UP.as_dict()))
    assert list(row) == KEYS
    assert row["goal"] == "<= 1.1x"


def test_unmeasured_row_is_not_met_and_not_missed_and_says_why() -> None:
    row = unmeasured("this machine has a Docker engine").as_dict()
    assert list(row) == [*KEYS, "reason"]
    assert (row["value"], row["met"]) == (None, None)


def test_middle_is_the_median() -> None:
    assert middle([9.0, 1.0, 2.0]) == 2.0


def test_table_has_a_line_a_row_and_the_reasons_below() -> None:
    lines = table([UP, unmeasured("left out")]).splitlines()
    assert lines[0].split() == ["name", "value", "peer", "ratio", "goal", "met"]
    assert " ".join(lines[1].split()) == "up 10.50 s docker compose up --wait 10.00 s 1.05x <= 1.1x ✓"
    assert lines[2].endswith("-")
    assert lines[-1].endswith(": left out")
    assert len({line.index("<=") for line in lines[1:3]}) == 1


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"total_cache": 60, "total_shmem": 10}, 50),  # control groups of the first kind
        ({"file": 60, "shmem": 10}, 50),  # of the second
        ({}, 100),
    ],
)
def test_memory_leaves_the_page_cache_out_and_keeps_shared_memory(numbers: dict[str, int], expected: int) -> None:
    assert used([{"memory_stats": {"usage": 100, "stats": numbers}}]) == expected


def test_container_that_has_just_ended_uses_nothing() -> None:
    assert used([{"memory_stats": {}}]) == 0


@pytest.mark.parametrize(
    ("key", "expected"), [("STAGEKIT_PORT", True), ("COMPOSE_FILE", True), ("STAGEKIT_IMAGES", False), ("PATH", False)]
)
def test_copy_is_tied_to_no_other_stage(key: str, expected: bool) -> None:
    assert names_a_stage(key) is expected


def test_caches_of_the_checkout_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / "from" / ".stagekit").mkdir(parents=True)
    (tmp_path / "from" / ".stagekit" / "stage.json").write_text('{"images": "packages"}')
    (tmp_path / "to").mkdir()
    keep_caches(tmp_path / "from", tmp_path / "to")
    assert [path.name for path in (tmp_path / "to" / ".stagekit").iterdir()] == ["stage.json"]


def test_bare_run_knows_no_engine_that_was_chosen_and_no_cache() -> None:
    env = {
        "DOCKER_HOST": "unix:///x",
        "STAGEKIT_IMAGES": "registry",
        "MAKEFLAGS": "-s",
        "PATH": "/h/stagekit/engine/tree/bin:/usr/bin",
        "XDG_DATA_HOME": "/h",
        "HTTPS_PROXY": "http://proxy.example",
    }
    found = bare_environment(replace(MACHINE, env=env), Path("/h/stagekit/bench"))
    assert found == {
        "PATH": "/usr/bin",
        "XDG_DATA_HOME": "/h",
        "HTTPS_PROXY": "http://proxy.example",
        "STAGEKIT_HOME": "/h/stagekit/bench",
        "XDG_CACHE_HOME": "/h/stagekit/bench/cache",
    }


def test_bare_run_is_not_possible_beside_an_engine_that_answers() -> None:
    machine = replace(MACHINE, ask=lambda _: Answer("answers", "27.0.1"))
    assert obstacle(machine) == "this machine has a Docker engine: unix:///nowhere/var/run/docker.sock"


def test_bare_run_is_not_possible_where_an_engine_cannot_be_set_up() -> None:
    assert obstacle(replace(MACHINE, uid=1000, env={"PATH": ""})) != ""


def test_times_of_an_engine_are_read_with_their_offset() -> None:
    assert moment("2026-11-24T09:00:00.25Z") - moment("2026-11-24T09:00:00Z") == 0.25
    assert moment("2026-11-24T10:00:00.123456789+01:00") == pytest.approx(moment("2026-11-24T09:00:00.123456789Z"))


def test_the_replayed_plan_switches_a_third_of_a_hundred_services(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path)
    replay(tmp_path)
    told = capsys.readouterr().out
    assert told.count("beside the old one") == 33
    assert told.count("  stop ") == 33
