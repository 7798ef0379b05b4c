"""HTTP to a stage from this machine, where `*.localhost` may be unknown to the resolver."""

from __future__ import annotations

from typing import Any

import httpx

LOOPBACK = "127.0.0.1"


class LocalNames(httpx.BaseTransport):
    """Sends requests for `*.localhost` to loopback, with their own Host header, as browsers do (RFC 6761)."""

    def __init__(self, inner: httpx.BaseTransport | None = None) -> None:
        self._inner = inner or httpx.HTTPTransport(retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The request, at an address that every resolver knows."""
        if request.url.host == "localhost" or request.url.host.endswith(".localhost"):
            request.url = request.url.copy_with(host=LOOPBACK)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Closes the transport behind it."""
        self._inner.close()


def client(base_url: str = "", **options: Any) -> httpx.Client:
    """An HTTP client for a stage; `options` are those of httpx.Client. Times out after 10 s unless told."""
    options.setdefault("timeout", 10.0)
    return httpx.Client(base_url=base_url, transport=LocalNames(), **options)


def get(url: str, path: str, **options: Any) -> tuple[int, str]:
    """Asks once: status and text; a status of 0, and what went wrong, where there was no answer. `options` as above."""
    try:
        with client(url, **options) as http:
            answer = http.get(path)
    except httpx.HTTPError as problem:
        return 0, str(problem) or type(problem).__name__
    return answer.status_code, answer.text
