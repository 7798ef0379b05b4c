"""The events by which Stripe told of the payments: each receipt names its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scenario.billing import Row
from stagekit_seed import Seed

# What Stripe told of by an event: a failed payment has one too, and no receipt.
TYPES = {"paid": "invoice.paid", "refunded": "invoice.paid", "failed": "invoice.payment_failed"}


def event_of(payment: str) -> str:
    return payment.replace("pay_seed_", "evt_seed_")


def rows(seed: Seed) -> Iterator[Row]:
    for payment in seed.rows("payments"):
        told = seed.at(payment["paid_at"])
        assert told
        yield {
            "id": event_of(payment["id"]),
            "type": TYPES[payment["status"]],
            "received_at": told + timedelta(seconds=seed.random(payment["id"]).randint(1, 5)),
        }
