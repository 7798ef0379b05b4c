"""Checkout sessions: made by the product, paid, declined or left by a person, over after a day."""

from dataclasses import dataclass

from . import billing, catalog
from .basket import Basket, read
from .cards import Card
from .desk import Changes, Desk
from .errors import StripeError, unsupported
from .forms import Params
from .settings import is_http
from .store import Json

KIND = "checkout.session"
_DAY, _HALF_HOUR = 86400, 1800
_REFUSED = {
    "discounts": "discounts in Checkout",
    "shipping_options": "shipping in Checkout",
    "optional_items": "optional items in Checkout",
    "invoice_creation": "invoices of one-time payments",
}
_SPECIAL = ("customer", "mode", "expires_at", "ui_mode")


@dataclass(frozen=True)
class Buyer:
    """Who pays, as typed on the page."""

    email: str
    name: str


def create(desk: Desk, params: Params) -> Changes:
    """An open session whose ``url`` is our page."""
    _refuse_unsupported(params)
    customer = desk.named("customer", params["customer"], "customer") if params.get("customer") else None
    basket = read(desk, params.get("line_items"), params.get("mode", "payment"))
    session = desk.overlaid(desk.new(KIND), params, *_SPECIAL)
    return Changes((session | _terms(desk, session["id"], params, customer, basket), *basket.made))


def _terms(desk: Desk, wanted: str, params: Params, customer: Json | None, basket: Basket) -> Json:
    trial_end = billing.trial_end(desk, params.get("subscription_data") or {})
    subtotal = 0 if trial_end else billing.total(basket.items)
    return {
        "mode": params.get("mode", "payment"),
        "currency": basket.items[0][0]["currency"],
        "amount_subtotal": subtotal,
        "amount_total": subtotal,
        "url": f"{desk.public_url}/c/pay/{wanted}",
        "customer": customer["id"] if customer else None,
        "expires_at": _expiry(desk, params),
        "_line_items": billing.listed(basket.lines, f"/v1/checkout/sessions/{wanted}/line_items"),
        "_subscription_data": params.get("subscription_data") or {},
        "_trial_end": trial_end,
        "_payment_data": params.get("payment_intent_data") or {},
        "_attempt": None,
    }


def expire(desk: Desk, session: Json) -> Changes:
    """Stripe expires open sessions only."""
    if session["status"] != "open":
        raise StripeError(
            400,
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
        )
    over = session | {"status": "expired", "url": None}
    return Changes((over,), (("checkout.session.expired", over),))


def decline(desk: Desk, session: Json, buyer: Buyer, card: Card) -> Changes:
    """The session stays open; the payment intent of the first attempt is used again by the next."""
    if not session["amount_total"]:
        return Changes((session,))
    intent, charge = billing.charged(desk, _intent(desk, session, session["customer"]), card, buyer.email)
    kept = session | {"_attempt": intent["id"]}
    events = (("charge.failed", charge), ("payment_intent.payment_failed", intent))
    return Changes((kept, intent, charge), events)


def pay(desk: Desk, session: Json, buyer: Buyer, card: Card) -> Changes:
    """Everything Stripe has once a session is paid. An event tells of objects as they are in the end."""
    customer, made = _customer(desk, session, buyer)
    done = _completed(session, buyer, customer)
    money = _charge(desk, session, buyer, card, customer)
    if session["mode"] == "payment":
        done["payment_intent"] = money[0]["id"]
        return Changes((done, *money, *made), (("checkout.session.completed", done), *_succeeded(money)))
    assert customer is not None, "a subscription has a customer"
    sub, bill = _subscribe(desk, session, customer, money)
    done |= {"subscription": sub["id"], "invoice": bill["id"]}
    events = (
        ("checkout.session.completed", done),
        ("customer.subscription.created", sub),
        ("invoice.paid", bill),
    )
    return Changes((done, sub, bill, *money, *made), (*events, *_succeeded(money)))


def _customer(desk: Desk, session: Json, buyer: Buyer) -> tuple[Json | None, list[Json]]:
    if session["customer"]:
        return desk.named("customer", session["customer"], "customer"), []
    if session["mode"] == "payment" and session.get("customer_creation") != "always":
        return None, []
    made = catalog.new_customer(desk, {"email": buyer.email, "name": buyer.name})
    return made, [made]


def _completed(session: Json, buyer: Buyer, customer: Json | None) -> Json:
    details: Json = {
        "address": None,
        "business_name": None,
        "email": buyer.email,
        "individual_name": None,
        "name": buyer.name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    return session | {
        "status": "complete",
        "url": None,
        "customer": customer["id"] if customer else None,
        "customer_details": details,
        "payment_status": "paid" if session["amount_total"] else "no_payment_required",
    }


def _charge(desk: Desk, session: Json, buyer: Buyer, card: Card, customer: Json | None) -> list[Json]:
    """Payment intent and charge, or nothing when nothing is due today."""
    if not session["amount_total"]:
        return []
    intent = _intent(desk, session, customer["id"] if customer else None)
    return list(billing.charged(desk, intent, card, buyer.email))


def _intent(desk: Desk, session: Json, customer: str | None) -> Json:
    kept = desk.store.get(session["_attempt"] or "", "payment_intent")
    if kept:
        return kept | {"customer": customer}
    data = session["_payment_data"]
    fields = {"metadata": data.get("metadata") or {}, "description": data.get("description")}
    if session["mode"] == "subscription":
        fields["description"] = "Subscription creation"
    return billing.payment_intent(desk, session["amount_total"], session["currency"], customer=customer, **fields)


def _subscribe(desk: Desk, session: Json, customer: Json, money: list[Json]) -> tuple[Json, Json]:
    items = [(line["price"], line["quantity"]) for line in session["_line_items"]["data"]]
    recurring = [item for item in items if item[0]["recurring"]]
    data = session["_subscription_data"]
    sub = billing.subscription(
        desk,
        customer["id"],
        recurring,
        metadata=data.get("metadata") or {},
        trial_end=session["_trial_end"],
        description=data.get("description"),
        default_payment_method=money[1]["payment_method"] if money else None,
    )
    bill = billing.invoice(desk, sub, customer, items, "subscription_create")
    return sub | {"latest_invoice": bill["id"]}, billing.paid(desk, bill, money[0] if money else None)


def _succeeded(money: list[Json]) -> list[tuple[str, Json]]:
    return [("payment_intent.succeeded", money[0]), ("charge.succeeded", money[1])] if money else []


def _refuse_unsupported(params: Params) -> None:
    for name, words in _REFUSED.items():
        if params.get(name) and params[name] != {"enabled": False}:
            raise unsupported(words, name)
    if params.get("mode") == "setup":
        raise unsupported("Checkout in setup mode", "mode")
    if params.get("ui_mode", "hosted") not in {"hosted", "hosted_page"}:
        raise unsupported("embedded Checkout", "ui_mode")
    for name in ("success_url", "cancel_url"):
        if (params.get(name) or name == "success_url") and not is_http(str(params.get(name, ""))):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=name)


def _expiry(desk: Desk, params: Params) -> int:
    given = int(params.get("expires_at") or desk.now + _DAY)
    if not desk.now + _HALF_HOUR - 60 <= given <= desk.now + _DAY + 60:
        raise StripeError(
            400,
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    return given
