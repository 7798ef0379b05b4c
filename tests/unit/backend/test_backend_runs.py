from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from backend_fakes import NOON, flow_run

from shop.reports.runs import PrefectRuns, RunsUnavailable, to_run
from shop.values import RunProgress

HALF = RunProgress(done=5, total=10, message="5 of 10: revenue of 2026-03")
RUN = {"id": "r1", "name": "amber-finch", "state_type": "SCHEDULED", "something_new": 1}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("SCHEDULED", "scheduled"),
        ("PENDING", "pending"),
        ("PAUSED", "pending"),
        ("RUNNING", "running"),
        ("CANCELLING", "running"),
        ("COMPLETED", "completed"),
        ("FAILED", "failed"),
        ("CRASHED", "failed"),
        ("CANCELLED", "cancelled"),
        ("NEW_IN_PREFECT_4", "pending"),
    ],
)
def test_states_are_told_in_our_words(theirs: str, ours: str) -> None:
    run = to_run(flow_run(1, theirs), None)
    assert run.state == ours
    assert run.message


@pytest.mark.parametrize(
    ("state", "progress", "share"),
    [
        ("SCHEDULED", None, 0.0),
        ("RUNNING", None, 0.0),
        ("RUNNING", HALF, 0.5),
        ("RUNNING", RunProgress(done=11, total=10, message=""), 1.0),
        ("RUNNING", RunProgress(done=0, total=0, message=""), 0.0),
        ("FAILED", HALF, 0.5),
        ("COMPLETED", None, 1.0),
    ],
)
def test_progress_is_the_share_of_steps_done(state: str, progress: RunProgress | None, share: float) -> None:
    assert to_run(flow_run(1, state), progress).progress == share


def test_failed_run_says_why() -> None:
    run = to_run(flow_run(1, "FAILED", state={"message": "connection refused"}), HALF)
    assert run.message == "connection refused"


def test_who_asked_for_it() -> None:
    assert to_run(flow_run(1, "RUNNING", auto_scheduled=True), None).trigger == "schedule"
    assert to_run(flow_run(1, "RUNNING"), None).trigger == "person"


class Prefect:
    """Answers by path and keeps what it was asked."""

    def __init__(self, **answers: tuple[int, Any]) -> None:
        self.answers = {
            "/api/deployments/name/nightly-report/nightly-report": (200, {"id": "d1"}),
            "/api/deployments/d1/create_flow_run": (201, RUN),
            "/api/flow_runs/filter": (200, [RUN]),
            "/api/ready": (200, {"message": "OK"}),
        } | {f"/api/{name}": answer for name, answer in answers.items()}
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.url.path, body))
        answer = self.answers[request.url.path]
        if isinstance(answer, list):
            answer = answer.pop(0)
        return httpx.Response(answer[0], json=answer[1])


def door(answer: Any) -> PrefectRuns:
    client = httpx.Client(base_url="http://prefect.test/api", transport=httpx.MockTransport(answer))
    return PrefectRuns(client, lambda: NOON, lambda seconds: None)


def test_run_is_asked_for_at_the_reports_deployment() -> None:
    prefect = Prefect()
    assert door(prefect).start().id == "r1"
    path, body = prefect.asked[-1]
    assert (path, body["state"]) == ("/api/deployments/d1/create_flow_run", {"type": "SCHEDULED"})


def test_busy_prefect_is_asked_again_with_the_same_key_so_that_one_run_begins() -> None:
    prefect = Prefect(**{"deployments/d1/create_flow_run": [(503, {}), (503, {}), (201, RUN)]})
    assert door(prefect).start().id == "r1"
    assert len({body["idempotency_key"] for _, body in prefect.asked if body}) == 1


def test_busy_prefect_is_not_asked_for_ever() -> None:
    prefect = Prefect(**{"deployments/d1/create_flow_run": (503, {})})
    with pytest.raises(RunsUnavailable, match="503"):
        door(prefect).start()
    assert len(prefect.asked) == 4


def test_report_that_no_worker_registered_is_unavailable() -> None:
    prefect = Prefect(**{"deployments/name/nightly-report/nightly-report": (404, {})})
    with pytest.raises(RunsUnavailable, match="worker has not registered"):
        door(prefect).start()


def test_nights_to_come_are_not_asked_for() -> None:
    prefect = Prefect()
    door(prefect).recent()
    assert prefect.asked[-1][1]["flow_runs"] == {"expected_start_time": {"before_": "2026-05-14T12:00:05+00:00"}}
    assert prefect.asked[-1][1]["flows"] == {"name": {"any_": ["nightly-report"]}}


def test_run_is_found_or_not() -> None:
    assert door(Prefect()).find("r1") is not None
    assert door(Prefect(**{"flow_runs/filter": (200, [])})).find("r1") is None


def _refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


def test_prefect_that_is_down_is_unavailable() -> None:
    with pytest.raises(RunsUnavailable, match="connection refused"):
        door(_refused).check()
    with pytest.raises(RunsUnavailable):
        door(lambda request: httpx.Response(200, text="<html>")).recent()
