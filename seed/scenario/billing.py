"""When a subscription of the seed was charged, and a payment's row. The shop charges at once, then on each first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from stagekit_seed import Seed

Row = dict[str, Any]


def charges(seed: Seed, subscription: Row) -> Iterator[datetime]:
    """Its charges until it ended, or until the seed's instant."""
    since, ended = seed.at(subscription["since"]), seed.at(subscription["ended_at"])
    assert since
    end, moment = ended or seed.instant, since
    while moment < end or (moment == end and not ended):
        yield moment
        moment = _first_after(moment)


def payment(subscription: Row, plan: Row, count: int, number: int, at: datetime, status: str = "paid") -> Row:
    """The row of its `count`th payment, with the receipt of this number."""
    return {
        "id": subscription["id"].replace("sub_seed_", "pay_seed_") + f"_{count}",
        "person": subscription["person"],
        "subscription": subscription["id"],
        "plan": plan["id"],
        "receipt_number": number,
        "description": f"{plan['name']}, one {plan['interval']} of tea",
        "amount_cents": plan["price_cents"],
        "currency": plan["currency"],
        "status": status,
        "paid_at": at,
    }


def plans(seed: Seed) -> dict[str, Row]:
    return {row["id"]: row for row in seed.rows("plans")}


def _first_after(moment: datetime) -> datetime:
    index = moment.year * 12 + moment.month
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
