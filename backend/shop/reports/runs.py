"""Runs of the nightly report, as Prefect's HTTP API tells them.

Plain HTTP on purpose: importing Prefect's own client here costs 2 s of boot and 60 MB in the API's process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import uuid4

import httpx

from shop.reports.periods import DEPLOYMENT, FLOW
from shop.values import Run, RunProgress, RunState, Value

TIMEOUT_SECONDS = 5.0
SHOWN = 50
TRIES, TRY_AGAIN_SECONDS = 3, 0.3
_STATES: dict[str, RunState] = {
    "SCHEDULED": "scheduled",
    "PENDING": "pending",
    "PAUSED": "pending",
    "RUNNING": "running",
    "CANCELLING": "running",
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CRASHED": "failed",
    "CANCELLED": "cancelled",
}


class RunsUnavailable(Exception):
    """Prefect does not answer, or the worker has not told it of the report yet."""


class FlowRun(Value):
    """The few fields of Prefect's flow run that a person is shown."""

    id: str
    name: str
    state_type: str | None = None
    auto_scheduled: bool = False
    start_time: datetime | None = None
    end_time: datetime | None = None
    state: dict[str, Any] | None = None


class Runs(Protocol):
    """All raise RunsUnavailable."""

    def start(self) -> FlowRun: ...

    def recent(self) -> list[FlowRun]:
        """Newest first, without those that the schedule holds for nights to come."""

    def find(self, run_id: str) -> FlowRun | None: ...

    def check(self) -> None: ...


class PrefectRuns:
    """`client` has the API's address as its base; see `prefect_client`."""

    def __init__(
        self,
        client: httpx.Client,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._now = now
        self._sleep = sleep

    def start(self) -> FlowRun:
        deployment = self._ask("GET", f"deployments/name/{FLOW}/{DEPLOYMENT}")
        if deployment is None:
            raise RunsUnavailable("the worker has not registered the report with Prefect yet")
        made = self._create(f"deployments/{deployment['id']}/create_flow_run")
        if made is None:
            raise RunsUnavailable("the report's deployment is gone from Prefect")
        return FlowRun.model_validate(made)

    def recent(self) -> list[FlowRun]:
        soon = (self._now() + timedelta(seconds=5)).isoformat()
        return self._filter({"expected_start_time": {"before_": soon}}, SHOWN)

    def find(self, run_id: str) -> FlowRun | None:
        return next(iter(self._filter({"id": {"any_": [run_id]}}, 1)), None)

    def check(self) -> None:
        self._ask("GET", "ready")

    def _create(self, path: str) -> Any:
        """Asked again when Prefect is busy for a moment; the key makes one run of however many questions."""
        wish = {"state": {"type": "SCHEDULED"}, "idempotency_key": uuid4().hex}
        for _ in range(TRIES - 1):
            try:
                return self._ask("POST", path, wish)
            except RunsUnavailable:
                self._sleep(TRY_AGAIN_SECONDS)
        return self._ask("POST", path, wish)

    def _filter(self, runs: dict[str, Any], limit: int) -> list[FlowRun]:
        question = {
            "flows": {"name": {"any_": [FLOW]}},
            "flow_runs": runs,
            "sort": "EXPECTED_START_TIME_DESC",
            "limit": limit,
        }
        return [FlowRun.model_validate(each) for each in self._ask("POST", "flow_runs/filter", question) or []]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON of the answer; None for 404."""
        try:
            answer = self._client.request(method, path, json=body)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise RunsUnavailable(f"Prefect: {error or type(error).__name__}") from error


def prefect_client(url: str, auth_string: str = "") -> httpx.Client:
    """`auth_string` is USER:PASSWORD as PREFECT_API_AUTH_STRING has it; empty for a server without."""
    user, _, password = auth_string.partition(":")
    auth = httpx.BasicAuth(user, password) if auth_string else None
    return httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, auth=auth)


def to_runs(flow_runs: Sequence[FlowRun], progress: dict[str, RunProgress]) -> list[Run]:
    return [to_run(each, progress.get(each.id)) for each in flow_runs]


def to_run(flow_run: FlowRun, progress: RunProgress | None) -> Run:
    """Prefect's word on the state, the flow's own word on how far it is."""
    state = _STATES.get(flow_run.state_type or "", "pending")
    return Run(
        id=flow_run.id,
        name=flow_run.name,
        state=state,
        progress=_share(state, progress),
        trigger=_trigger(flow_run),
        started_at=flow_run.start_time,
        finished_at=flow_run.end_time,
        message=_message(state, flow_run, progress),
        report_id=progress.report_id if progress else None,
    )


def _share(state: RunState, progress: RunProgress | None) -> float:
    if state == "completed":
        return 1.0
    if progress is None or progress.total <= 0:
        return 0.0
    return round(min(progress.done / progress.total, 1.0), 3)


def _trigger(flow_run: FlowRun) -> Literal["schedule", "person"]:
    return "schedule" if flow_run.auto_scheduled else "person"


def _message(state: RunState, flow_run: FlowRun, progress: RunProgress | None) -> str:
    match state:
        case "scheduled":
            return "waiting for the worker"
        case "pending":
            return "the worker is starting it"
        case "running":
            return progress.message if progress else "reading the shop's figures"
        case "completed":
            return "the report is written"
        case "cancelled":
            return "cancelled"
        case "failed":
            return str((flow_run.state or {}).get("message") or "failed; the worker's log has the reason")
