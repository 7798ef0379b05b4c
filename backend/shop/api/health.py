"""Alive and ready differ: a restart helps what is not alive, waiting helps what is not ready."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from shop.api.doors import Doors, Reach
from shop.reports.runs import RunsUnavailable

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = Field(examples=["alive"])
    release: str


class Readiness(BaseModel):
    status: str = Field(examples=["ready", "not ready"])
    checks: dict[str, str] = Field(description='"ok" or the reason, for database, migrations and prefect')


@router.get("/health", summary="The process answers")
async def health(doors: Reach) -> Health:
    """Asks nothing of any other service."""
    return Health(status="alive", release=doors.release)


@router.get("/ready", summary="All that is needed answers", responses={503: {"model": Readiness}})
def ready(doors: Reach, response: Response) -> Readiness:
    """200 when the database answers, its schema is what this code needs, and Prefect answers; 503 with reasons."""
    checks = _database(doors) | {"prefect": _reason(doors.runs.check)}
    fine = all(each == "ok" for each in checks.values())
    response.status_code = 200 if fine else 503
    return Readiness(status="ready" if fine else "not ready", checks=checks)


def _database(doors: Doors) -> dict[str, str]:
    try:
        at = doors.store.check()
    except (ProgrammingError, IndexError):
        return {"database": "ok", "migrations": f"none; {_needed(doors)}"}
    except SQLAlchemyError as error:
        return {"database": _first_line(error), "migrations": "unknown"}
    return {
        "database": "ok",
        "migrations": "ok" if doors.schema_fits(at) else f"at {at}; {_needed(doors)}",
    }


def _needed(doors: Doors) -> str:
    return f"this code needs {doors.schema_head()}: run migrate"


def _reason(check: Callable[[], None]) -> str:
    try:
        check()
    except RunsUnavailable as error:
        return _first_line(error)
    return "ok"


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
