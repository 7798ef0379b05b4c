"""stripe-mock: checks every parameter, shapes every object, answers all that is not kept."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from .errors import StripeError
from .shapes import PATHS
from .store import Json

_OWN_KEY = {"authorization": "Bearer sk_test_standin"}
# Headers of one connection, not of the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP = {
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
    "host",
    "content-length",
}
_LOOK_AGAIN = 30.0


class Relayed(Exception):
    """stripe-mock refused a call; its answer is ours."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """A response to hand on as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Upstream:
    """Nothing is asked at the start: stripe-mock may come up later."""

    def __init__(self, client: httpx.AsyncClient, url: str, clock: Callable[[], float]) -> None:
        self.client, self.url, self.clock = client, url, clock
        self.reachable: bool | None = None
        self.version = ""
        self._asked = float("-inf")
        self._bases: dict[str, Json] = {}

    async def relay(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The same call, unchanged; ``target`` is path and query as they came."""
        kept = [(name, value) for name, value in headers.items() if name.lower() not in _HOP]
        request = self.client.build_request(method, self.url + target, headers=kept, content=body)
        request.url = request.url.copy_with(raw_path=target.encode("latin-1"))
        return await self._send(request)

    async def check(self, target: str, body: str) -> None:
        """Raises Relayed when stripe-mock knows these parameters to be wrong."""
        headers = _OWN_KEY | {"content-type": "application/x-www-form-urlencoded"}
        answer = await self.relay("POST", target, headers, body.encode())
        if answer.status >= 400:
            raise Relayed(answer)

    async def bases(self) -> Mapping[str, Json]:
        """An example of every kind that is kept; asked for once."""
        if not self._bases:
            examples = await asyncio.gather(*(self._example(path) for path, _ in PATHS.values()))
            self._bases = dict(zip(PATHS, examples, strict=True))
        return self._bases

    async def look(self) -> None:
        """Notes whether stripe-mock answers, at most every 30 seconds; never raises."""
        if self.clock() - self._asked < _LOOK_AGAIN and self.reachable:
            return
        try:
            await asyncio.wait_for(self._example("/v1/products"), 1)
        except (StripeError, TimeoutError):
            self.reachable = False

    async def _example(self, path: str) -> Json:
        answer = await self._send(self.client.build_request("GET", f"{self.url}{path}/example", headers=_OWN_KEY))
        if answer.status != 200:
            raise _unavailable(f"it answered {answer.status}")
        return dict(httpx.Response(200, headers=answer.headers, content=answer.body).json())

    async def _send(self, request: httpx.Request) -> Answer:
        self._asked = self.clock()
        try:
            response = await self.client.send(request, stream=True)
            body = b"".join([part async for part in response.aiter_raw()])
            await response.aclose()
        except httpx.HTTPError as error:
            self.reachable = False
            raise _unavailable(type(error).__name__) from error
        self.reachable, self.version = True, response.headers.get("stripe-mock-version", self.version)
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _HOP]
        return Answer(response.status_code, headers, body)


def _unavailable(reason: str) -> StripeError:
    return StripeError(
        503, f"stripe-mock is not reached ({reason}). It may still be starting; try again.", kind="api_error"
    )
