"""Carries waiting events to the webhook until it answers 2xx."""

import asyncio
import contextlib
import json
import logging
import sqlite3
from collections.abc import Callable

import httpx

from . import signature
from .outbox import LONGEST_WAIT, Delivery, Outbox
from .store import Store

log = logging.getLogger("stripe_standin.courier")
_ANSWER_SHOWN = 200


class Courier:
    """One endless task. What it knows is in the store, so a restart goes on where it was."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        client: httpx.AsyncClient,
        url: str,
        secrets: tuple[str, ...],
        clock: Callable[[], float],
    ) -> None:
        self.store, self.outbox, self.client = store, outbox, client
        self.url, self._secrets, self.clock = url, secrets, clock
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something was added: look now, not at the next planned moment."""
        self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                if not await self.round():
                    await self._rest()
            except sqlite3.Error:
                log.exception("events wait: the database failed")
                await asyncio.sleep(LONGEST_WAIT)

    async def round(self) -> int:
        """Sends what is due and notes the answers; the number of events tried."""
        due = self.outbox.due(self.clock())
        await asyncio.gather(*(self._carry(delivery) for delivery in due))
        return len(due)

    async def _rest(self) -> None:
        moment = self.outbox.next_try()
        wait = None if moment is None else max(0.05, moment - self.clock())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), wait)

    async def _carry(self, delivery: Delivery) -> None:
        arrived, answer = await self._post(delivery.event)
        if arrived:
            self.outbox.delivered(delivery.event, answer)
        else:
            self.outbox.failed(delivery, answer, self.clock())
        log.info("event %s: %s", delivery.event, answer.partition(":")[0])

    async def _post(self, event: str) -> tuple[bool, str]:
        payload = json.dumps(self.store.get(event), indent=2, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature.header(payload, self._secrets, int(self.clock())),
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = await self.client.post(self.url, content=payload, headers=headers)
        except httpx.TimeoutException:
            return False, "no answer in time"
        except httpx.HTTPError as error:
            return False, f"not reached: {type(error).__name__}"
        return answer.is_success, _in_words(answer)


def _in_words(answer: httpx.Response) -> str:
    return f"HTTP {answer.status_code}" + ("" if answer.is_success else f": {answer.text[:_ANSWER_SHOWN]}")
