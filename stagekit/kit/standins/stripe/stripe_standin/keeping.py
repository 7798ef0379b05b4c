"""Writes a decision down: objects, events and the reply to its idempotency key, in one transaction."""

import json
from dataclasses import dataclass
from typing import Any

from .desk import Changes, Desk
from .errors import StripeError
from .outbox import Outbox
from .reading import shown, stripped
from .store import Json, Store

# The version that the newest SDK this was tried with (stripe 16.1.0) pins.
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Reply:
    """An answer in JSON; ``replayed`` when an idempotency key had it already."""

    status: int
    body: Json
    replayed: bool = False


@dataclass(frozen=True)
class Idempotency:
    """The key a caller gave (may be empty) and a digest of what it was given for."""

    key: str
    request: str


class Keeper:
    """``sends`` is False when no webhook is configured: events are then kept but wait for nobody."""

    def __init__(self, store: Store, outbox: Outbox, sends: bool) -> None:
        self.store, self.outbox, self.sends = store, outbox, sends

    def replay(self, once: Idempotency) -> Reply | None:
        """The answer this key got before; an error when it was for another request."""
        kept = self.store.reply(once.key) if once.key else None
        if not kept:
            return None
        if kept[0] != once.request:
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        status, body = json.loads(kept[1])
        return Reply(status, body, replayed=True)

    def reply(self, desk: Desk, changes: Changes, once: Idempotency, expand: Any = None) -> Reply:
        """Keeps the changes and words the answer. Call it inside a transaction."""
        self.keep(desk, changes, once.key)
        reply = Reply(200, shown(self.store.get(changes.answer["id"]) or {}, self.store, expand))
        if changes.refusal:
            reply = Reply(changes.refusal.status, stripped(changes.refusal.body))
        if once.key:
            self.store.keep_reply(once.key, once.request, json.dumps([reply.status, reply.body]), desk.now)
        return reply

    def keep(self, desk: Desk, changes: Changes, key: str = "") -> None:
        """Objects as they are now, then their events in order. Call it inside a transaction."""
        queue = queue_of(changes)
        for thing in changes.objects:
            self.store.put({"_origin": queue} | thing)
        for kind, thing in changes.events:
            event = _event(desk, kind, thing, changes, key)
            self.store.put(event)
            if self.sends:
                self.outbox.add(event["id"], queue, desk.now)


def queue_of(changes: Changes) -> str:
    """What events are kept in order by: the checkout session all this came from, or the first object."""
    origins = [thing["_origin"] for thing in changes.objects if "_origin" in thing]
    sessions = [thing["id"] for thing in changes.objects if thing["object"] == "checkout.session"]
    return str([*sessions, *origins, changes.answer["id"]][0])


def _event(desk: Desk, kind: str, thing: Json, changes: Changes, key: str) -> Json:
    data: Json = {"object": stripped(thing)}
    if kind.endswith(".updated"):
        data["previous_attributes"] = stripped(dict(changes.previous))
    return desk.new(
        "event",
        type=kind,
        data=data,
        api_version=API_VERSION,
        pending_webhooks=1,
        request={"id": None, "idempotency_key": key or None},
    )
