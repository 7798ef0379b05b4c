from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from shop.api.access import needs
from shop.api.doors import Doors, Reach
from shop.api.errors import ApiError, documented
from shop.auth.tokens import Caller
from shop.reports.runs import FlowRun, to_runs
from shop.values import Run

router = APIRouter(prefix="/reports/runs", tags=["reports"])
Runner = Annotated[Caller, needs("run:reports")]


@router.post("", status_code=202, summary="Make the report now", responses=documented(401, 403, 503))
def start(doors: Reach, _: Runner) -> Run:
    """Asks the worker; follow the run by its id."""
    return to_runs([doors.runs.start()], {})[0]


@router.get("", summary="Runs of the report", responses=documented(401, 403, 503))
def runs(doors: Reach, _: Runner) -> list[Run]:
    """Newest first, the last fifty; nights to come are not listed."""
    return _told(doors, doors.runs.recent())


@router.get("/{run_id}", summary="One run and how far it is", responses=documented(401, 403, 404, 422, 503))
def run(run_id: UUID, doors: Reach, _: Runner) -> Run:
    found = doors.runs.find(str(run_id))
    if found is None:
        raise ApiError(404, "no-such-run", "There is no such run.")
    return _told(doors, [found])[0]


def _told(doors: Doors, found: list[FlowRun]) -> list[Run]:
    return to_runs(found, doors.store.run_progress([each.id for each in found]))
