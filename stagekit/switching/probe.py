"""Smoke checks: one question each, asked at the host through its edge, or from here as everybody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stagekit.compose.block import Smoke
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Address
from stagekit.stage.gate import PASS

SHOWN = 160  # characters of an answer
PATIENCE = 10  # seconds that an answer may take
INSIDE = 9997  # the edge's port on its own loopback, where it speaks http whatever it speaks outside


@dataclass(frozen=True)
class Answer:
    """What was answered; a status of 0 where nothing was."""

    status: int
    text: str


Ask = Callable[[str, str], Answer]


def unanswered(check: Smoke, answer: Answer) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if answer.status != check.status:
        return f"{check.name}{check.path} answered {answer.status or 'nothing'}: {_short(answer.text)}"
    if check.text and check.text not in answer.text:
        return f"{check.name}{check.path} does not hold {check.text!r}"
    return ""


def from_host(engine: EngineDoor, edge: str, address: Address, word: str, *, hidden: bool) -> Ask:
    """Asks at the host, on the edge's own loopback.

    edge    its container
    word    that of the switch, with which smoke checks need no password
    hidden  asks what does not serve yet
    """
    port = INSIDE if address.scheme == "https" else address.port
    knows = [f"{PASS}: {word}", *([f"X-Stagekit-Next: {word}"] if hidden else [])]

    def ask(name: str, path: str) -> Answer:
        host = f"{name}.{address.authority}"
        lines = [f"GET {path} HTTP/1.0", f"Host: {host}", *knows, "", ""]
        code, said = engine.say(edge, port, "\r\n".join(lines), patience=PATIENCE)
        return _parsed(said) if code == 0 else Answer(0, said)

    return ask


def from_here(address: Address, word: str, authority: str = "") -> Ask:
    """Asks from this machine, at the stage's public address.

    authority  the stage's own, where it has one
    """
    from stagekit.doors.http import get  # what it needs takes a while to import, and most commands ask nothing

    return lambda name, path: Answer(*get(address.url(name), path, headers={PASS: word}, trust=authority))


def make_ready() -> None:
    """Does what takes a while before the first question from here can be asked."""
    from stagekit.doors.http import this_machines

    this_machines()


def _parsed(said: str) -> Answer:
    head, _, body = said.partition("\r\n\r\n")
    words = head.split()
    return Answer(int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, body)


def _short(text: str) -> str:
    return " ".join(text.split())[:SHOWN] or "an empty answer"
