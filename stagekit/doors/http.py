"""HTTP to a stage from this machine, where `*.localhost` may be unknown to the resolver."""

from __future__ import annotations

import ssl
from functools import cache
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
            # A certificate is still that of the name.
            request.extensions = {**request.extensions, "sni_hostname": request.url.host}
            request.url = request.url.copy_with(host=LOOPBACK)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Closes the transport behind it."""
        self._inner.close()


def client(base_url: str = "", *, trust: str = "", **options: Any) -> httpx.Client:
    """An HTTP client for a stage; `options` are those of httpx.Client. Times out after 10 s unless told.

    trust  an authority that it trusts besides those of this machine: its certificate as PEM
    """
    options.setdefault("timeout", 10.0)
    inner = httpx.HTTPTransport(retries=0, verify=_trusting(trust) if trust else this_machines())
    return httpx.Client(base_url=base_url, transport=LocalNames(inner), **options)


@cache
def this_machines() -> ssl.SSLContext:
    """Whom this machine trusts: read once, as it takes a while."""
    return httpx.create_ssl_context()


def _trusting(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=authority)
    return context


def get(url: str, path: str, **options: Any) -> tuple[int, str]:
    """Asks once: status and text; a status of 0, and what went wrong, where there was no answer. `options` as above."""
    return _ask("GET", f"{url}{path}", None, options)


def post(url: str, text: str, **options: Any) -> tuple[int, str]:
    """Sends a text; answers as `get` does."""
    return _ask("POST", url, text, options)


def _ask(method: str, url: str, text: str | None, options: dict[str, Any]) -> tuple[int, str]:
    try:
        with client(**options) as http:
            answer = http.request(method, url, content=text)
    except httpx.HTTPError as problem:
        return 0, str(problem) or type(problem).__name__
    return answer.status_code, answer.text
