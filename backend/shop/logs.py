"""Structured logs: one JSON object a line on stdout, with the request id of whoever is being served.

Standard library only: structlog pulls in rich when it is installed (Prefect needs it), 0.18 s of boot time.
"""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# What Prefect knows of a line that a run of a flow writes.
_PREFECT = ("flow_run_id", "flow_run_name", "task_run_name")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(level: str, service: str) -> None:
    """Send every log line of this process, uvicorn's and libraries' included, through the JSON formatter."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "stripe", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def event(logger: logging.Logger, level: int, what: str, **fields: Any) -> None:
    """Log `what` with named fields beside it."""
    logger.log(level, what, extra={"fields": fields})


class JsonLines(logging.Formatter):
    """time, level, service, event, then request_id, the named fields and the traceback where there are any."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": record.getMessage(),
        }
        return json.dumps(
            line | {k: v for k, v in self._more(record).items() if k not in line}, ensure_ascii=False, default=str
        )

    def _more(self, record: logging.LogRecord) -> dict[str, Any]:
        more: dict[str, Any] = {"request_id": request_id.get()} if request_id.get() else {}
        more |= {name: getattr(record, name) for name in _PREFECT if hasattr(record, name)}
        more |= getattr(record, "fields", {})
        if record.exc_info:
            more["traceback"] = self.formatException(record.exc_info)
        return more
