"""Connections without an end, through a switch: kept until the drain limit, then closed, counted and told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from stagekit.promote.switch import DRAIN_LIMIT
from tests.remote.promote_fixtures import SmallStage
from tests.support.drop_ins import wait_until
from tests.support.load import Load
from tests.support.streams import Stream

pytestmark = [pytest.mark.engine, pytest.mark.faults]


def test_a_websocket_and_an_event_stream_stay_until_the_drain_limit_and_are_counted(small_stage: SmallStage) -> None:
    assert small_stage.promote().returncode == 0
    small_stage.edit('VERSION = "one"', 'VERSION = "two"')
    small_stage.commit()
    small_stage.build()
    call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(small_stage.folder), "promote"]
    with (
        Stream(small_stage.port, small_stage.authority, "/socket", websocket=True) as websocket,
        Stream(small_stage.port, small_stage.authority, "/events", websocket=False) as events,
        Load(small_stage.port, small_stage.authority, ["/"], slow="/slow", gentle=True) as load,
    ):
        assert (websocket.status, events.status) == (101, 200)
        with subprocess.Popen([*call, "--stage", small_stage.name, "--yes"], stdout=subprocess.PIPE, text=True) as done:
            wait_until(lambda: small_stage.page().startswith("two"), "traffic has moved", seconds=60)
            while done.poll() is None and not websocket.closed(1):
                assert small_stage.page().startswith("two")
                assert (websocket.flows and events.flows) or websocket.closed(1)
            assert websocket.closed(5) and events.closed(5)
            said = done.communicate(timeout=60)[0]
        assert done.returncode == 0, said
        with Stream(small_stage.port, small_stage.authority, "/events", websocket=False) as again:
            wait_until(lambda: "two" in again.newest, "whoever comes back lands on the new one")
    assert load.tally.failed == 0, load.tally.failures
    assert "one" in websocket.newest and "one" in events.newest
    assert f"2 connections were still open after {DRAIN_LIMIT} s, and closed" in said
    assert ", 2 closed at the drain limit" in said
    newest = json.loads(small_stage.there("releases", "--json").stdout)["releases"][0]
    assert newest["course"]["closed"] == 2
    assert newest["course"]["seconds"]["Drain"] >= DRAIN_LIMIT
    shown = small_stage.there("releases", "show", str(newest["number"])).stdout
    assert "2 connections at the drain limit" in shown
