"""Payments: products and prices, at Stripe or its stand-in; there, customers and subscriptions of the seed too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import httpx

from outside import stripe_prices
from scenario.billing import Row, charges
from shop import settings
from shop.billing.stripe_door import stripe_client
from stagekit_seed import Seed

STATUS = {"active": "active", "trialling": "trialing", "past_due": "past_due", "cancelled": "canceled"}
# So many at once that no call is larger than the stand-in takes.
AT_ONCE = 500


def apply(seed: Seed) -> str:
    config = settings.load()
    done = stripe_prices.apply(stripe_client(config), list(seed.rows("plans")))
    if not config.stripe_api_url:
        return f"{_said(done)} (a Stripe account: its customers and subscriptions are not the seed's)"
    with _standin(config) as client:
        made = sum(_keep(client, each) for each in _batches(seed))
    return _said([*done, *([f"{made} customers, subscriptions and open invoices made"] if made else [])])


def reset(seed: Seed) -> str:
    """A Stripe account keeps what it has: only the catalogue is put back there."""
    config = settings.load()
    if not config.stripe_api_url:
        return apply(seed)
    with _standin(config) as client:
        client.post("/_standin/forget").raise_for_status()
    return f"put back; {apply(seed)}"


def _said(done: list[str]) -> str:
    return ", ".join(done) or "there already, nothing to do"


def _standin(config: settings.Settings) -> httpx.Client:
    key = config.stripe_secret_key.get_secret_value()
    return httpx.Client(
        base_url=config.stripe_api_url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
    )


def _keep(client: httpx.Client, things: dict[str, list[Row]]) -> int:
    answer = client.post("/_standin/keep", json=things)
    if answer.is_error:
        raise RuntimeError(f"the stand-in answers {answer.status_code}: {answer.text[:300]}")
    return int(answer.json()["made"])


def _batches(seed: Seed) -> Iterator[dict[str, list[Row]]]:
    """Customers first: a subscription names one."""
    owed = {row["subscription"]: row["id"] for row in seed.rows("payments") if row["status"] == "failed"}
    for name, things in (("customers", _customers(seed)), ("subscriptions", _subscriptions(seed, owed))):
        while some := list(islice(things, AT_ONCE)):
            yield {name: some}


def customer_id(person: str) -> str:
    return person.replace("auth0|", "cus_seed_")


def _customers(seed: Seed) -> Iterator[Row]:
    """Whoever has subscribed is a customer, since the first time."""
    since: dict[str, datetime] = {}
    for row in seed.rows("subscriptions"):
        began = _moment(seed, row["since"])
        since[row["person"]] = min(began, since.get(row["person"], began))
    for person in seed.rows("people"):
        if person["sub"] in since:
            created = _seconds(since[person["sub"]])
            yield {
                "id": customer_id(person["sub"]),
                "email": person["email"],
                "name": person["name"],
                "created": created,
            }


def _subscriptions(seed: Seed, owed: dict[str, str]) -> Iterator[Row]:
    for row in seed.rows("subscriptions"):
        renews, ended = seed.at(row["renews_at"]), seed.at(row["ended_at"])
        yield {
            "id": row["id"],
            "customer": customer_id(row["person"]),
            "lookup_key": row["plan"],
            "status": STATUS[row["status"]],
            "created": _seconds(_moment(seed, row["since"])),
            "period_start": _seconds(max(charges(seed, row), default=_moment(seed, row["since"]))),
            "period_end": _seconds(renews or ended or _moment(seed, "1 1 00:00")),
            "ended_at": _seconds(ended) if ended else None,
            "cancel_at_period_end": not renews and not ended,
            # As the shop's own checkout has them, so that the shop knows whose events are.
            "metadata": {"plan": row["plan"], "sub": row["person"]},
            "owes": owed.get(row["id"]) if row["status"] == "past_due" else None,
        }


def _moment(seed: Seed, words: Any) -> datetime:
    moment = seed.at(words)
    assert moment
    return moment


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
