from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from shop.api.access import needs
from shop.api.doors import Reach
from shop.api.errors import ApiError, documented
from shop.auth.tokens import Caller
from shop.values import Report, ReportSummary

router = APIRouter(tags=["reports"])
Reader = Annotated[Caller, needs("read:reports")]


@router.get("/reports", summary="The nightly reports", responses=documented(401, 403, 503))
def reports(doors: Reach, _: Reader) -> list[ReportSummary]:
    """Newest first."""
    return doors.store.reports()


@router.get("/reports/{report_id}", summary="One report in full", responses=documented(401, 403, 404, 503))
def report(report_id: str, doors: Reach, _: Reader) -> Report:
    found = doors.store.report(report_id) if "\x00" not in report_id else None
    if found is None:
        raise ApiError(404, "no-such-report", "There is no such report.")
    return found
