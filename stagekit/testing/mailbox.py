"""The mail that a stage would have sent, read through Mailpit's API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

PATIENCE = 15.0


@dataclass(frozen=True)
class Message:
    """One e-mail: addresses without names, the subject, both bodies."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str


class Mailbox:
    """Every message of the stage. Ask for one by recipient and subject: others send mail at the same time."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._clock = clock
        self._sleep = sleep

    def wait_for(self, recipient: str, subject: str = "", *, seconds: float = PATIENCE) -> Message:
        """The newest message to `recipient` with `subject` in its subject; AssertionError after `seconds`."""
        deadline = self._clock() + seconds
        while True:
            found = self.search(recipient, subject)
            if found:
                return found[0]
            assert self._clock() < deadline, f"no mail to {recipient} with {subject!r} in its subject in {seconds} s"
            self._sleep(0.1)

    def search(self, recipient: str, subject: str = "") -> list[Message]:
        """Messages to `recipient`, newest first."""
        query = f'to:"{recipient}"' + (f' subject:"{subject}"' if subject else "")
        answer = self._http.get("/api/v1/search", params={"query": query, "limit": 50})
        answer.raise_for_status()
        return [self.read(str(row["ID"])) for row in answer.json()["messages"]]

    def read(self, message_id: str) -> Message:
        """One message, whole."""
        answer = self._http.get(f"/api/v1/message/{message_id}")
        answer.raise_for_status()
        return _message(answer.json())


def _message(raw: Mapping[str, Any]) -> Message:
    return Message(
        id=raw["ID"],
        sender=raw["From"]["Address"],
        recipients=tuple(to["Address"] for to in raw["To"]),
        subject=raw["Subject"],
        text=raw["Text"],
        html=raw["HTML"],
    )
