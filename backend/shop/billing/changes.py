"""What a Stripe event changes in the shop, as values. Deciding is here (pure), writing in shop/database/billing.py.

Field places are those of Stripe API 2025 and later (an invoice names its subscription under `parent`, a
subscription's period is on its item), with the older places as a second look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shop.values import SubscriptionStatus

_STATUSES: dict[str, SubscriptionStatus] = {
    "active": "active",
    "trialing": "trialling",
    "past_due": "past_due",
    "unpaid": "past_due",
    "incomplete": "past_due",
    "paused": "past_due",
    "canceled": "cancelled",
    "incomplete_expired": "cancelled",
}


@dataclass(frozen=True)
class Bought:
    """A checkout was completed: a subscription begins, and a first payment unless it was free."""

    subscription: str
    person: str
    email: str | None
    name: str | None
    plan: str
    payment: str
    amount_cents: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class Charged:
    """A renewal's invoice was paid, or its payment failed."""

    subscription: str
    payment: str
    email: str | None
    amount_cents: int
    currency: str
    paid: bool
    at: datetime


@dataclass(frozen=True)
class Moved:
    """A subscription has a new status or date; `person` and `plan` are known when our checkout made it."""

    subscription: str
    person: str | None
    plan: str | None
    status: SubscriptionStatus
    since: datetime
    renews_at: datetime | None
    ended_at: datetime | None
    at: datetime


Change = Bought | Charged | Moved


def change_of(event: dict[str, Any]) -> Change | None:
    """The change of a verified event; None for an event that is not about this shop.

    Raises KeyError, TypeError or ValueError when an event of a known type lacks what its type promises.
    """
    thing, at = event["data"]["object"], _moment(event["created"])
    match event["type"]:
        case "checkout.session.completed":
            return _bought(thing, at)
        case "invoice.paid":
            return _charged(thing, at, paid=True)
        case "invoice.payment_failed":
            return _charged(thing, at, paid=False)
        case "customer.subscription.created" | "customer.subscription.updated" | "customer.subscription.deleted":
            return _moved(thing, at, gone=event["type"].endswith("deleted"))
    return None


def _bought(session: dict[str, Any], at: datetime) -> Bought | None:
    plan = (session.get("metadata") or {}).get("plan")
    person = session.get("client_reference_id")
    if session.get("mode") != "subscription" or not plan or not person:
        return None
    details = session.get("customer_details") or {}
    return Bought(
        subscription=_id(session["subscription"]),
        person=person,
        email=details.get("email") or session.get("customer_email"),
        name=details.get("name"),
        plan=plan,
        # The invoice's id where there is one: `invoice.paid` of the same money then names the same payment.
        payment=_id(session.get("invoice")) or session["id"],
        amount_cents=int(session.get("amount_total") or 0),
        currency=session.get("currency") or "eur",
        at=at,
    )


def _charged(invoice: dict[str, Any], at: datetime, paid: bool) -> Charged | None:
    """A first invoice that is paid belongs to its checkout, which tells of it by itself."""
    first = invoice.get("billing_reason") == "subscription_create"
    subscription = _id(_parent(invoice).get("subscription") or invoice.get("subscription"))
    amount = int(invoice["amount_paid" if paid else "amount_due"])
    if (first and paid) or not subscription or amount == 0:
        return None
    email, currency = invoice.get("customer_email"), invoice.get("currency") or "eur"
    return Charged(subscription, invoice["id"], email, amount, currency, paid, at)


def _moved(subscription: dict[str, Any], at: datetime, gone: bool) -> Moved:
    metadata = subscription.get("metadata") or {}
    status: SubscriptionStatus = "cancelled" if gone else _STATUSES[subscription["status"]]
    ended = status == "cancelled"
    ending = ended or subscription.get("cancel_at_period_end")
    return Moved(
        subscription=subscription["id"],
        person=metadata.get("sub"),
        plan=metadata.get("plan"),
        status=status,
        since=_moment(subscription.get("start_date") or subscription.get("created") or at.timestamp()),
        renews_at=None if ending else _period_end(subscription),
        ended_at=_moment(subscription.get("ended_at") or at.timestamp()) if ended else None,
        at=at,
    )


def _period_end(subscription: dict[str, Any]) -> datetime | None:
    items = (subscription.get("items") or {}).get("data") or [{}]
    seconds = items[0].get("current_period_end") or subscription.get("current_period_end")
    return _moment(seconds) if seconds else None


def _parent(invoice: dict[str, Any]) -> dict[str, Any]:
    return (invoice.get("parent") or {}).get("subscription_details") or {}


def _id(thing: Any) -> str:
    """An id, also of an expanded object; empty for nothing."""
    return str(thing["id"] if isinstance(thing, dict) else thing or "")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
