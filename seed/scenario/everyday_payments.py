"""What everyday people paid."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.billing import Row, charges, payment, plans
from stagekit_seed import Seed

# Each subscription has this many receipt numbers of its own, two a person, so that nobody's move when others come.
FIRST_RECEIPT, RECEIPTS = 2001, 20


def rows(seed: Seed) -> Iterator[Row]:
    known = plans(seed)
    for subscription in seed.rows("subscriptions"):
        if subscription["id"].startswith("sub_seed_everyday-"):
            yield from _payments(seed, subscription, known[subscription["plan"]])


def _payments(seed: Seed, subscription: Row, plan: Row) -> Iterator[Row]:
    person, _, second = subscription["id"].removeprefix("sub_seed_everyday-").partition("_")
    first = FIRST_RECEIPT + RECEIPTS * (2 * int(person) - 2 + bool(second))
    moments = list(charges(seed, subscription))
    for count, moment in enumerate(moments, 1):
        owed = subscription["status"] == "past_due" and count == len(moments)
        refunded = seed.random(subscription["id"], count).random() < 0.01
        status = "failed" if owed else "refunded" if refunded else "paid"
        yield payment(subscription, plan, count, first + count - 1, moment, status)
