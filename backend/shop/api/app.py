"""The application: routes, error shape, request ids, and who may call from a browser."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from shop.api import account, checkout, docs, health, plans, reports, runs, webhooks
from shop.api.doors import Doors
from shop.api.errors import add_error_handlers
from shop.api.request_log import RequestLog

_ABOUT = """The API of Fernhill Tea, a small tea subscription shop.

Sign in at the shop, then send the access token as `Authorization: Bearer ...`. Times are ISO 8601 in UTC, money is
integer cents. Every error is `{"error": {"code", "message", "request_id"}}`; give the request id when you ask for help.
"""


def create_app(doors: Doors) -> FastAPI:
    app = FastAPI(title="Fernhill Tea", description=_ABOUT, version=doors.release, docs_url=None, redoc_url=None)
    app.state.doors = doors
    # `runs` before `reports`: /reports/runs is no report's id.
    for part in (plans, account, checkout, runs, reports, webhooks, health, docs):
        app.include_router(part.router)
    add_error_handlers(app)
    app.add_middleware(RequestLog)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[doors.app_url],
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
        expose_headers=["X-Request-Id"],
        max_age=600,
    )
    return app
