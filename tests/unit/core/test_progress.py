"""Progress: plain lines say each thing once; the live view shows what waits for what, and since when."""

from __future__ import annotations

import threading

import pytest

from stagekit.cli.progress import Live, Plain, progress
from stagekit.stage import ServiceHealth


def test_plain_lines_tell_each_ready_service_once() -> None:
    told: list[str] = []
    plain = Plain(told.append)
    web = ServiceHealth("web", "starting")
    plain.begin("start", "")
    plain.services({"db": ServiceHealth("db", "starting"), "web": web})
    plain.services({"db": ServiceHealth("db", "healthy"), "web": web})
    plain.services({"db": ServiceHealth("db", "healthy"), "web": web})
    plain.end("")
    assert [line.split(",")[0] for line in told] == ["start      db ✓ healthy", "start      done"]


def test_a_quick_step_is_one_plain_line() -> None:
    told: list[str] = []
    plain = Plain(told.append)
    plain.begin("switch", "web")
    plain.services({"web": ServiceHealth("web", "healthy")})
    plain.end("web")
    assert [line.rpartition(",")[0] for line in told] == ["switch     web, done"]


def test_a_long_step_is_told_while_it_lasts() -> None:
    told: list[str] = []
    said = threading.Event()
    plain = Plain(lambda line: (told.append(line), said.set())[0], patience=0.001)
    plain.begin("drain", "app")
    assert said.wait(10)
    assert told == ["drain      app"]
    plain.end("app")
    assert told[1:] == [told[-1]] and told[-1].startswith("drain      app, done, ")


def test_the_live_view_says_who_waits_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    live = Live()
    try:
        live.begin("start", "")
        live.services(
            {"db": ServiceHealth("db", "starting"), "web": ServiceHealth("web", "waiting", waits_for=("db",))}
        )
        view = str(live._view())
    finally:
        live.close()
    assert "db" in view and "starting 0." in view
    assert "waits for db" in view


def test_a_long_line_of_a_builder_stays_on_one_line() -> None:
    live = Live()
    try:
        live.begin("images", "building web")
        live.detail("x" * 1000)
        assert max(len(line) for line in str(live._view()).split("\n")) < 200
    finally:
        live.close()


def test_without_a_terminal_there_are_plain_lines() -> None:
    assert isinstance(progress(live=False), Plain)
