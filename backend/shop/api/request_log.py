"""One id and one log line for each request; an unexpected error becomes a 500 of the usual shape here."""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop import logs
from shop.api.errors import error_answer

_log = logging.getLogger("shop.request")
# A caller's own id is kept when it is short and cannot break out of a header or a log line.
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Health checks come every few seconds and say nothing while all is well.
_QUIET = ("/health", "/ready")


class RequestLog:
    """ASGI middleware: X-Request-Id in and out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        logs.request_id.set(_request_id(Headers(scope=scope).get("x-request-id")))
        await _Exchange(self._app, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._status = 0

    async def run(self) -> None:
        began = time.perf_counter()
        try:
            await self._app(self._scope, self._receive, self._send_with_id)
        except Exception:
            _log.exception("unexpected error")
            await self._say_sorry()
        finally:
            self._write_line(time.perf_counter() - began)

    async def _send_with_id(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = logs.request_id.get()
        await self._send(message)

    async def _say_sorry(self) -> None:
        """Too late when the answer has begun: the connection is then cut, which the client sees as broken."""
        if self._status:
            raise RuntimeError("the answer broke off")
        answer = error_answer(500, "internal", "Something went wrong on our side. Try again; if it stays, tell us.")
        await answer(self._scope, self._receive, self._send_with_id)

    def _write_line(self, seconds: float) -> None:
        path = self._scope["path"]
        if path in _QUIET and self._status < 400:
            return
        fields = {"method": self._scope["method"], "path": path, "status": self._status}
        logs.event(_log, logging.INFO, "request", **fields, ms=round(seconds * 1000, 1))


def _request_id(given: str | None) -> str:
    return given if given and _ID.fullmatch(given) else uuid.uuid4().hex
