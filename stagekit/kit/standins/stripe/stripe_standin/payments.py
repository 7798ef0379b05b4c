"""Payment intents, charges, refunds and invoices that the product asks for itself."""

from . import billing, cards
from .cards import Card
from .desk import Changes, Desk
from .errors import StripeError, unsupported
from .forms import Params
from .store import Json


def create_intent(desk: Desk, params: Params) -> Changes:
    """A payment intent; with ``confirm`` it is paid or declined at once."""
    if params.get("capture_method") == "manual":
        raise unsupported("manual capture", "capture_method")
    if params.get("customer"):
        desk.named("customer", params["customer"], "customer")
    made = billing.payment_intent(desk, params["amount"], params["currency"])
    intent = desk.overlaid(made, params, "amount", "currency")
    if intent["payment_method"]:
        intent |= {"status": "requires_confirmation"}
    return _confirmed(desk, intent) if params.get("confirm") else Changes((intent,))


def confirm(desk: Desk, wanted: str, params: Params) -> Changes:
    intent = _open(desk.find("payment_intent", wanted), "confirm")
    return _confirmed(desk, desk.overlaid(intent, params))


def cancel_intent(desk: Desk, wanted: str, params: Params) -> Changes:
    intent = _open(desk.find("payment_intent", wanted), "cancel")
    over = intent | {
        "status": "canceled",
        "canceled_at": desk.now,
        "cancellation_reason": params.get("cancellation_reason"),
    }
    return Changes((over,), (("payment_intent.canceled", over),))


def _confirmed(desk: Desk, intent: Json) -> Changes:
    if not intent["payment_method"]:
        raise StripeError(
            400,
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            param="payment_method",
        )
    intent, charge = billing.charged(desk, intent, _card(intent["payment_method"]), intent["receipt_email"])
    return _tried(intent, charge, intent)


def _tried(intent: Json, charge: Json, answer: Json) -> Changes:
    other = charge if answer is intent else intent
    refusal = None if intent["status"] == "succeeded" else _refusal(intent)
    return Changes((answer, other), tuple(_told(intent, charge)), refusal=refusal)


def create_charge(desk: Desk, params: Params) -> Changes:
    """The older call: charges a source such as ``tok_visa`` without a payment intent of the product's."""
    source = str(params.get("source") or params.get("customer") or "")
    if not source:
        raise StripeError(400, "Must provide source or customer.", param="source")
    intent = billing.payment_intent(
        desk,
        params["amount"],
        params["currency"],
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=params.get("metadata") or {},
    )
    intent, charge = billing.charged(desk, intent, _card(source), params.get("receipt_email"))
    return _tried(intent, charge, charge)


def refund(desk: Desk, params: Params) -> Changes:
    """Gives back a charge, or part of it."""
    charge = _refundable(desk, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = int(params.get("amount", left))
    if not left:
        raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise StripeError(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
        )
    made = desk.overlaid(
        desk.new(
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
        ),
        params,
        "amount",
        "charge",
        "payment_intent",
    )
    after = charge | {
        "amount_refunded": charge["amount_refunded"] + amount,
        "refunded": amount == left,
        "refunds": charge["refunds"] | {"data": [made, *charge["refunds"]["data"]]},
    }
    return Changes((made, after), (("charge.refunded", after),))


def create_invoice(desk: Desk, params: Params) -> Changes:
    """An empty draft. Invoice items are not kept; invoices of subscriptions come from the subscriptions."""
    customer = desk.named("customer", params.get("customer", ""), "customer")
    nothing = dict.fromkeys(
        (
            "total",
            "subtotal",
            "subtotal_excluding_tax",
            "total_excluding_tax",
            "amount_due",
            "amount_paid",
            "amount_remaining",
        ),
        0,
    )
    draft = desk.new("invoice", status="draft", customer_email=customer.get("email"), **nothing)
    draft |= {"lines": billing.listed([], f"/v1/invoices/{draft['id']}/lines")}
    return Changes((desk.overlaid(draft, params),))


def pay_invoice(desk: Desk, wanted: str) -> Changes:
    """Pays an open invoice by the card on file; a past due subscription is active again."""
    bill = desk.find("invoice", wanted)
    if bill["status"] != "open":
        raise StripeError(400, "Invoice is already paid" if bill["status"] == "paid" else "Invoice is not open")
    intent = billing.payment_intent(desk, bill["amount_due"], bill["currency"], customer=bill["customer"])
    intent, charge = billing.charged(desk, intent, cards.saved(), bill["customer_email"])
    bill = billing.paid(desk, bill, intent)
    sub = desk.store.get(_subscription_of(bill), "subscription")
    owed = sub and sub["status"] == "past_due" and sub["latest_invoice"] == bill["id"]
    changes = Changes((bill, intent, charge), (("invoice.paid", bill), *_told(intent, charge)))
    if not sub or not owed:
        return changes
    active = sub | {"status": "active"}
    return changes + Changes((active,), (("customer.subscription.updated", active),), {"status": "past_due"})


def _subscription_of(bill: Json) -> str:
    details = (bill["parent"] or {}).get("subscription_details") or {}
    return str(details.get("subscription", ""))


def _told(intent: Json, charge: Json) -> list[tuple[str, Json]]:
    if intent["status"] == "succeeded":
        return [("payment_intent.succeeded", intent), ("charge.succeeded", charge)]
    return [("charge.failed", charge), ("payment_intent.payment_failed", intent)]


def _refundable(desk: Desk, params: Params) -> Json:
    if params.get("charge"):
        return desk.named("charge", params["charge"], "charge")
    intent = desk.named("payment_intent", params.get("payment_intent", ""), "payment_intent")
    if intent["status"] != "succeeded":
        raise StripeError(
            400,
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return desk.find("charge", intent["latest_charge"])


def _open(intent: Json, verb: str) -> Json:
    if intent["status"] in {"succeeded", "canceled"}:
        raise StripeError(
            400,
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    return intent


def _card(method: str) -> Card:
    """Stripe's ready-made methods: the declining ones say so in their name."""
    declined = "chargeDeclined" in method or "chargeCustomerFail" in method
    return cards.saved("generic_decline" if declined else "")


def _refusal(intent: Json) -> StripeError:
    """What the caller of a declined confirmation gets."""
    error = intent["last_payment_error"]
    return StripeError(
        402,
        error["message"],
        code=error["code"],
        kind="card_error",
        decline_code=error["decline_code"],
        charge=error["charge"],
        payment_intent=intent,
    )
