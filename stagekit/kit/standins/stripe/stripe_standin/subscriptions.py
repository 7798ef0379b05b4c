"""Subscriptions that the product makes, changes and ends by itself, and their renewals."""

from collections.abc import Sequence
from typing import Any

from . import billing, cards
from .billing import Item
from .desk import Changes, Desk
from .errors import StripeError, unsupported
from .forms import Params
from .store import Json

_ENDED = ("canceled", "incomplete_expired")
_SPECIAL = ("customer", "items", "trial_end", "cancel_at", "currency", "billing_cycle_anchor")


def create(desk: Desk, params: Params) -> Changes:
    """A subscription paid at once by a card on file, or trialing."""
    if params.get("payment_behavior") == "default_incomplete":
        raise unsupported("payments confirmed by Stripe.js", "payment_behavior")
    customer = desk.named("customer", params.get("customer", ""), "customer")
    items = _items(desk, params.get("items"), "items")
    sub = desk.overlaid(
        billing.subscription(desk, customer["id"], items, trial_end=billing.trial_end(desk, params)),
        params,
        *_SPECIAL,
    )
    changes = _billed(desk, sub, customer, items, "subscription_create", cards.saved())
    return changes_first(changes, "customer.subscription.created")


def changes_first(changes: Changes, event: str) -> Changes:
    """The subscription's own event goes before the ones of its payment."""
    return Changes(changes.objects, ((event, changes.answer), *changes.events), changes.previous)


def update(desk: Desk, wanted: str, params: Params) -> Changes:
    """Other items, ``cancel_at_period_end`` and plain fields. Proration is not worked out."""
    sub = _alive(desk.find("subscription", wanted))
    changed = desk.overlaid(sub, params, *_SPECIAL)
    if "items" in params:
        changed = _with_items(desk, changed, params["items"])
    if "cancel_at_period_end" in params:
        changed |= _at_period_end(desk, changed)
    return _updated(sub, changed)


def _updated(before: Json, after: Json) -> Changes:
    previous = {name: value for name, value in before.items() if after[name] != value and name[0] != "_"}
    return Changes((after,), (("customer.subscription.updated", after),), previous)


def cancel(desk: Desk, wanted: str) -> Changes:
    """Ends it now."""
    sub = _alive(desk.find("subscription", wanted))
    reason = sub["cancellation_details"] | {"reason": "cancellation_requested"}
    over = sub | {
        "status": "canceled",
        "canceled_at": desk.now,
        "ended_at": desk.now,
        "cancellation_details": reason,
    }
    return Changes((over,), (("customer.subscription.deleted", over),))


def renew(desk: Desk, wanted: str, declined: bool) -> Changes:
    """The next period's invoice, paid or not: what Stripe does by itself at a period's end."""
    sub = _alive(desk.find("subscription", wanted))
    customer = desk.find("customer", sub["customer"])
    after = billing.renewed(sub) | ({"status": "past_due"} if declined else {})
    card = cards.saved("generic_decline" if declined else "")
    changes = _billed(desk, after, customer, billing.items_of(after), "subscription_cycle", card)
    previous = _updated(sub, changes.answer).previous
    return Changes(changes.objects, (*changes.events, ("customer.subscription.updated", changes.answer)), previous)


def _billed(desk: Desk, sub: Json, customer: Json, items: Sequence[Item], reason: str, card: cards.Card) -> Changes:
    bill = billing.invoice(desk, sub, customer, items, reason)
    sub = sub | {"latest_invoice": bill["id"]}
    if not bill["amount_due"]:
        bill = billing.paid(desk, bill, None)
        return Changes((sub, bill), (("invoice.paid", bill),))
    intent = billing.payment_intent(desk, bill["amount_due"], bill["currency"], customer=customer["id"])
    intent, charge = billing.charged(desk, intent, card, customer.get("email"))
    if card.decline:
        bill |= {"attempted": True, "attempt_count": 1, "next_payment_attempt": desk.now + 3 * 86400}
        events: list[tuple[str, Json]] = [
            ("invoice.payment_failed", bill),
            ("payment_intent.payment_failed", intent),
        ]
    else:
        bill = billing.paid(desk, bill, intent)
        events = [("invoice.paid", bill), ("payment_intent.succeeded", intent), ("charge.succeeded", charge)]
    return Changes((sub, bill, intent, charge), tuple(events))


def _alive(sub: Json) -> Json:
    if sub["status"] in _ENDED:
        raise StripeError(404, f"No such subscription: '{sub['id']}'", code="resource_missing", param="id")
    return sub


def _items(desk: Desk, given: Any, where: str) -> list[Item]:
    if not isinstance(given, list) or not given:
        raise StripeError(400, f"Missing required param: {where}.", code="parameter_missing", param=where)
    return [
        (_price(desk, item, f"{where}[{index}][price]"), item.get("quantity", 1)) for index, item in enumerate(given)
    ]


def _price(desk: Desk, item: Params, where: str) -> Json:
    if "price_data" in item:
        raise unsupported("prices made on the spot in subscriptions", where)
    price = desk.named("price", item.get("price", ""), where)
    if not price["recurring"]:
        raise StripeError(400, "The price specified is not recurring.", param=where)
    return price


def _with_items(desk: Desk, sub: Json, given: list[Params]) -> Json:
    lines = {line["id"]: line for line in sub["items"]["data"]}
    for index, item in enumerate(given):
        _change_line(desk, sub, lines, item, f"items[{index}]")
    if not lines:
        raise StripeError(400, "A subscription must have at least one item.", param="items")
    return sub | {"items": sub["items"] | {"data": list(lines.values())}}


def _change_line(desk: Desk, sub: Json, lines: dict[str, Json], item: Params, where: str) -> None:
    wanted = item.get("id")
    if wanted and wanted not in lines:
        raise StripeError(400, f"No such subscription item: '{wanted}'", code="resource_missing", param=f"{where}[id]")
    if wanted and item.get("deleted"):
        del lines[wanted]
        return
    kept = lines[wanted] if wanted else None
    price = _price(desk, item, f"{where}[price]") if not kept or "price" in item else kept["price"]
    quantity = item.get("quantity", kept["quantity"] if kept else 1)
    line = kept or billing.subscription(desk, sub["customer"], [(price, 1)])["items"]["data"][0]
    lines[line["id"]] = line | {"price": price, "quantity": quantity, "subscription": sub["id"]}


def _at_period_end(desk: Desk, sub: Json) -> Json:
    if not sub["cancel_at_period_end"]:
        return {"cancel_at": None, "canceled_at": None}
    end = max(line["current_period_end"] for line in sub["items"]["data"])
    return {"cancel_at": end, "canceled_at": desk.now}
