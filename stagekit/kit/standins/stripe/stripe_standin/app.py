"""The web application."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from . import pages, seeding
from .api import api, refused
from .context import build, stop
from .errors import StripeError
from .settings import Settings
from .upstream import Relayed

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create(
    settings: Settings,
    clock: Callable[[], float] = time.time,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """The application; its store opens and its courier runs between start and stop."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        context = app.state.context = build(settings, clock, transport)
        task = asyncio.create_task(context.courier.run())
        try:
            yield
        finally:
            await stop(task)
            await context.close()

    handlers = dict.fromkeys((StripeError, Relayed, sqlite3.Error), refused)
    return Starlette(routes=_routes(), lifespan=lifespan, exception_handlers=handlers)


def _routes() -> list[Route]:
    return [
        Route("/", pages.show_overview),
        Route("/health", pages.health),
        Route("/look.css", pages.style),
        Route("/pay.css", pages.style),
        Route("/c/pay/{id}", pages.show_checkout),
        Route("/c/pay/{id}", pages.take_payment, methods=["POST"]),
        Route("/_standin/deliveries", pages.list_deliveries),
        Route("/_standin/events/{id}/resend", pages.resend, methods=["POST"]),
        Route("/_standin/subscriptions/{id}/renew", pages.renew, methods=["POST"]),
        Route("/_standin/forget", seeding.forget, methods=["POST"]),
        Route("/_standin/keep", seeding.keep, methods=["POST"]),
        Route("/{path:path}", api, methods=_METHODS),
    ]
