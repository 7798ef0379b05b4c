from __future__ import annotations

import json
import logging
import sys

from shop import logs


def line(message: str, **more: object) -> dict[str, object]:
    record = logging.LogRecord("shop", logging.INFO, __file__, 1, message, None, None)
    record.__dict__.update(more)
    text = logs.JsonLines("backend").format(record)
    assert "\n" not in text
    return json.loads(text)


def test_line_is_one_json_object_with_its_fields() -> None:
    found = line("request", fields={"status": 200, "path": "/þ\n"})
    assert (found["event"], found["service"], found["status"], found["path"]) == ("request", "backend", 200, "/þ\n")
    assert "request_id" not in found


def test_field_cannot_take_the_place_of_a_lines_own() -> None:
    assert line("receipt sent", fields={"event": "evt_1"})["event"] == "receipt sent"


def test_line_of_a_request_has_its_id() -> None:
    token = logs.request_id.set("r-1")
    assert line("x")["request_id"] == "r-1"
    logs.request_id.reset(token)


def test_traceback_is_kept_in_the_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        assert "ValueError: why" in str(line("x", exc_info=sys.exc_info())["traceback"])
