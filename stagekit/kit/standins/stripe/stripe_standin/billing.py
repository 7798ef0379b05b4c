"""Subscriptions, invoices, payment intents, charges and refunds: each built whole."""

import secrets
from collections.abc import Sequence
from typing import Any

from . import money
from .cards import Card
from .desk import Desk, new_id
from .forms import Params
from .store import Json

Item = tuple[Json, int]  # a price and how many of it


def listed(data: Sequence[Json], url: str) -> Json:
    """Stripe's list object."""
    return {"object": "list", "data": list(data), "has_more": False, "url": url}


def total(items: Sequence[Item]) -> int:
    return sum((price["unit_amount"] or 0) * quantity for price, quantity in items)


def subscription(desk: Desk, customer: str, items: Sequence[Item], **fields: Any) -> Json:
    """An active subscription from now on, or a trialing one when ``trial_end`` is given."""
    trial_end = fields.get("trial_end")
    thing = desk.new("subscription", customer=customer, currency=items[0][0]["currency"], **fields)
    period = (desk.now, trial_end or _period_end(items[0][0], desk.now))
    lines = [_item(desk, thing["id"], price, quantity, period) for price, quantity in items]
    return thing | {
        "items": listed(lines, f"/v1/subscription_items?subscription={thing['id']}"),
        "status": "trialing" if trial_end else "active",
        "trial_start": desk.now if trial_end else None,
    }


def trial_end(desk: Desk, data: Params) -> int | None:
    """When a trial asked for in days, or up to a moment, is over."""
    if days := data.get("trial_period_days"):
        return desk.now + int(days) * 86400
    until = data.get("trial_end")
    return until if isinstance(until, int) else None


def items_of(sub: Json) -> list[Item]:
    return [(item["price"], item["quantity"]) for item in sub["items"]["data"]]


def renewed(sub: Json) -> Json:
    """The subscription one period on."""
    lines = [_next_period(item) for item in sub["items"]["data"]]
    return sub | {"items": sub["items"] | {"data": lines}, "status": "active"}


def _next_period(item: Json) -> Json:
    start = item["current_period_end"]
    return item | {"current_period_start": start, "current_period_end": _period_end(item["price"], start)}


def _item(desk: Desk, owner: str, price: Json, quantity: int, period: tuple[int, int]) -> Json:
    base: Json = desk.bases["subscription"]["items"]["data"][0]
    return base | {
        "id": new_id("si_"),
        "billing_thresholds": None,
        "created": desk.now,
        "price": price,
        "quantity": quantity,
        "current_period_start": period[0],
        "current_period_end": period[1],
        "subscription": owner,
    }


def _period_end(price: Json, start: int) -> int:
    recurring = price["recurring"] or {"interval": "month", "interval_count": 1}
    return money.later(start, recurring["interval"], recurring["interval_count"])


def invoice(desk: Desk, sub: Json, customer: Json, items: Sequence[Item], reason: str) -> Json:
    """An open invoice of a subscription's items. Nothing is due in a trial."""
    thing = desk.new("invoice", customer=customer["id"], currency=sub["currency"], billing_reason=reason)
    due = 0 if sub["status"] == "trialing" else total(items)
    lines = [_line(desk, thing["id"], sub, item, bool(due)) for item in items]
    amounts = {
        "total": due,
        "subtotal": due,
        "subtotal_excluding_tax": due,
        "total_excluding_tax": due,
        "amount_due": due,
        "amount_remaining": due,
        "amount_paid": 0,
    }
    return (
        thing
        | amounts
        | {
            "status": "open",
            "auto_advance": False,
            "attempted": False,
            "attempt_count": 0,
            "effective_at": desk.now,
            "customer_email": customer.get("email"),
            "customer_name": customer.get("name"),
            "number": f"{secrets.token_hex(4).upper()}-0001",
            "lines": listed(lines, f"/v1/invoices/{thing['id']}/lines"),
            "parent": {
                "quote_details": None,
                "type": "subscription_details",
                "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]},
            },
            "status_transitions": thing["status_transitions"] | {"finalized_at": desk.now},
        }
    )


def _line(desk: Desk, owner: str, sub: Json, item: Item, charged: bool) -> Json:
    price, quantity = item
    kept = next((line for line in sub["items"]["data"] if line["price"]["id"] == price["id"]), None)
    period = (
        {"start": kept["current_period_start"], "end": kept["current_period_end"]}
        if kept
        else {"start": desk.now, "end": desk.now}
    )
    source = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": sub["id"],
        "subscription_item": kept["id"] if kept else None,
    }
    base: Json = desk.bases["invoice"]["lines"]["data"][0]
    return base | {
        "id": new_id("il_"),
        "invoice": owner,
        "amount": (price["unit_amount"] or 0) * quantity if charged else 0,
        "currency": price["currency"],
        "description": f"{quantity} × {title(desk, price)}",
        "period": period,
        "quantity": quantity,
        "subscription": sub["id"],
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": source,
        },
        "pricing": {
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
            "price_details": {"price": price["id"], "product": price["product"]},
        },
    }


def title(desk: Desk, price: Json) -> str:
    """What a person calls it: the product's name."""
    product = desk.store.get(str(price["product"]), "product") or {}
    return str(product.get("name") or price.get("nickname") or price["id"])


def paid(desk: Desk, bill: Json, intent: Json | None) -> Json:
    """The invoice, paid now by this payment (None when nothing was due)."""
    payments = [_invoice_payment(desk, bill, intent)] if intent else []
    return bill | {
        "status": "paid",
        "amount_paid": bill["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "attempt_count": bill["attempt_count"] + 1,
        "next_payment_attempt": None,
        "status_transitions": bill["status_transitions"] | {"paid_at": desk.now},
        "_payments": listed(payments, f"/v1/invoice_payments?invoice={bill['id']}"),
    }


def _invoice_payment(desk: Desk, bill: Json, intent: Json) -> Json:
    return {
        "id": new_id("inpay_"),
        "object": "invoice_payment",
        "amount_paid": bill["amount_due"],
        "amount_requested": bill["amount_due"],
        "created": desk.now,
        "currency": bill["currency"],
        "invoice": bill["id"],
        "is_default": True,
        "livemode": False,
        "status": "paid",
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status_transitions": {"canceled_at": None, "paid_at": desk.now},
    }


def payment_intent(desk: Desk, amount: int, currency: str, **fields: Any) -> Json:
    thing = desk.new("payment_intent", amount=amount, currency=currency.lower(), **fields)
    return thing | {
        "client_secret": f"{thing['id']}_secret_{secrets.token_hex(12)}",
        "status": "requires_payment_method",
    }


def charged(desk: Desk, intent: Json, card: Card, email: str | None = None) -> tuple[Json, Json]:
    """The payment intent and its charge after this card was tried: succeeded or declined."""
    charge = _charge(desk, intent, card, email)
    if card.decline:
        error = {
            "type": "card_error",
            "code": "card_declined",
            "decline_code": card.decline,
            "message": card.message,
            "charge": charge["id"],
        }
        return intent | {
            "last_payment_error": error,
            "latest_charge": charge["id"],
            "status": "requires_payment_method",
        }, charge
    return intent | {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "payment_method": charge["payment_method"],
    }, charge


def _charge(desk: Desk, intent: Json, card: Card, email: str | None) -> Json:
    thing = desk.new("charge", amount=intent["amount"], currency=intent["currency"], customer=intent["customer"])
    good = not card.decline
    thing |= {
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"] or new_id("pm_"),
        "description": intent["description"],
        "metadata": dict(intent["metadata"]),
        "paid": good,
        "captured": good,
        "amount_captured": intent["amount"] if good else 0,
        "status": "succeeded" if good else "failed",
        "failure_code": None if good else "card_declined",
        "failure_message": card.message or None,
        "refunds": listed([], f"/v1/charges/{thing['id']}/refunds"),
    }
    thing["billing_details"] = thing["billing_details"] | {"email": email, "name": card.name or None}
    thing["outcome"] = thing["outcome"] | _outcome(card)
    thing["payment_method_details"]["card"] |= {
        "last4": card.last4,
        "exp_month": card.month,
        "exp_year": card.year,
        "wallet": None,
        "installments": None,
        "three_d_secure": None,
    }
    return thing


def _outcome(card: Card) -> Json:
    if card.decline:
        return {
            "network_status": "declined_by_network",
            "reason": card.decline,
            "type": "issuer_declined",
            "seller_message": card.message,
        }
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "type": "authorized",
        "seller_message": "Payment complete.",
    }
