"""The payments of the people who stand for a case each."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.billing import Row, charges, payment, plans
from stagekit_seed import Seed

# The number of each subscription's first receipt; those of trials and of who never paid are not here.
RECEIPTS = {
    "sub_seed_refunded": 101,
    "sub_seed_past-due": 121,
    "sub_seed_cancelled": 141,
    "sub_seed_never-paid": 161,
    "sub_seed_upgraded": 181,
    "sub_seed_downgraded": 201,
    "sub_seed_recovered": 221,
    "sub_seed_long-name": 241,
    "sub_seed_many-receipts_taster": 261,
    "sub_seed_many-receipts_house": 281,
    "sub_seed_many-receipts_cellar": 301,
    "sub_seed_ended-today": 321,
    "sub_seed_two-over-time_1": 341,
    "sub_seed_two-over-time_2": 361,
    "sub_seed_cancelling": 381,
    "sub_seed_plus-address": 401,
}
# Who had another plan before, and until when.
EARLIER = {"sub_seed_upgraded": ("taster", "-3 15 18:00"), "sub_seed_downgraded": ("cellar", "-5 22 20:00")}


def rows(seed: Seed) -> Iterator[Row]:
    known = plans(seed)
    for subscription in seed.rows("subscriptions"):
        if first := RECEIPTS.get(subscription["id"]):
            yield from _payments(seed, subscription, known, first)


def _payments(seed: Seed, subscription: Row, known: dict[str, Row], first: int) -> Iterator[Row]:
    moments = list(charges(seed, subscription))
    if subscription["id"] == "sub_seed_never-paid":
        moments = moments[:1]
    plan, until = EARLIER.get(subscription["id"], (subscription["plan"], ""))
    for count, moment in enumerate(moments, 1):
        change = seed.at(until)
        now = plan if change and moment < change else subscription["plan"]
        row = payment(subscription, known[now], count, first + count - 1, moment)
        yield row | _exception(seed, subscription["id"], row, last=count == len(moments))


def _exception(seed: Seed, subscription: str, row: Row, *, last: bool) -> Row:
    match subscription:
        case "sub_seed_refunded" if last:
            return {"status": "refunded"}
        case "sub_seed_past-due" | "sub_seed_never-paid" if last:
            return {"status": "failed"}
        case "sub_seed_recovered" if row["paid_at"] == seed.at("-2 1 00:00"):
            return {"paid_at": seed.at("-2 4 06:00")}  # it failed on the first, and was paid three days later
    return {}
