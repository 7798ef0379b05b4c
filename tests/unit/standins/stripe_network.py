"""A clock that is set by hand, and a network of recorded answers of stripe-mock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("stripe_mock_examples.json").read_text())
BASES = {example["object"]: example for example in EXAMPLES.values()}
START = 1_780_000_000


@dataclass
class Clock:
    """Seconds since 1970, moved by hand."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Network:
    """stripe-mock, and a webhook that answers as it is told."""

    calls: list[httpx.Request] = field(default_factory=list)
    received: list[httpx.Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    mock_down: bool = False
    webhook_down: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "webhook" and self.webhook_down:
            raise httpx.ConnectError("refused")
        if request.url.host == "webhook":
            self.received.append(request)
            return httpx.Response(self.answers.pop(0) if self.answers else 200, text="the webhook's words")
        if self.mock_down:
            raise httpx.ConnectError("refused")
        self.calls.append(request)
        example = EXAMPLES.get(request.url.path)
        headers = {"stripe-mock-version": "0.197.0"}
        # Streamed, because a body given at once counts as read already.
        body = json.dumps(example or {"relayed": request.url.path}).encode()
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))
