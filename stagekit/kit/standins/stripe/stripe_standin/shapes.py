"""Complete objects: stripe-mock's fields, less the values it makes up.

stripe-mock fills every optional field with an example (an active subscription has ended_at 1234567890). What
is named here starts empty or as a fresh account would have it; all other fields keep stripe-mock's value.
"""

import copy
from collections.abc import Mapping
from typing import Any

from .forms import Params, merged_metadata
from .store import Json

# kind -> where its API lives and how its ids begin.
PATHS = {
    "product": ("/v1/products", "prod_"),
    "price": ("/v1/prices", "price_"),
    "customer": ("/v1/customers", "cus_"),
    "checkout.session": ("/v1/checkout/sessions", "cs_test_"),
    "subscription": ("/v1/subscriptions", "sub_"),
    "invoice": ("/v1/invoices", "in_"),
    "payment_intent": ("/v1/payment_intents", "pi_"),
    "charge": ("/v1/charges", "ch_"),
    "refund": ("/v1/refunds", "re_"),
    "event": ("/v1/events", "evt_"),
}

_EMPTY = {
    "product": "description default_price package_dimensions",
    "price": "custom_unit_amount transform_quantity recurring lookup_key nickname",
    "customer": "address currency discount shipping email name",
    "checkout.session": "after_expiration collected_information consent consent_collection"
    " currency_conversion customer_details customer_email invoice_creation origin_context payment_intent"
    " permissions payment_method_configuration_details saved_payment_method_options"
    " shipping_address_collection shipping_cost cancel_url success_url wallet_options",
    "subscription": "billing_cycle_anchor_config billing_thresholds cancel_at canceled_at ended_at"
    " latest_invoice next_pending_invoice_item_invoice pause_collection pending_invoice_item_interval"
    " pending_update transfer_data trial_end trial_start",
    "invoice": "customer_address customer_shipping due_date effective_at from_invoice last_finalization_error"
    " next_payment_attempt number parent rendering shipping_cost shipping_details webhooks_delivered_at",
    "payment_intent": "automatic_payment_methods canceled_at last_payment_error next_action processing"
    " shipping payment_method payment_method_configuration_details transfer_data",
    "charge": "balance_transaction description payment_method receipt_url shipping transfer_data",
    "refund": "balance_transaction payment_intent reason",
}
_NO_TAX: Json = {"enabled": False, "liability": None, "provider": None, "status": None}
_FIXED: dict[str, Json] = {
    "product": {"active": True},
    "price": {"active": True, "unit_amount_decimal": None},
    "checkout.session": {
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": _NO_TAX,
        "payment_status": "unpaid",
        "custom_text": dict.fromkeys(["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"]),
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "ui_mode": "hosted",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    },
    "subscription": {
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_mode": {"flexible": None, "type": "classic"},
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
    },
    "invoice": {
        "amount_overpaid": 0,
        "automatic_tax": {"disabled_reason": None, **_NO_TAX},
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
    },
    "charge": {"fraud_details": {}, "captured": True, "amount_refunded": 0, "refunded": False},
}
_NOW = ("created", "updated", "start_date", "billing_cycle_anchor", "period_start", "period_end")


def fresh(kind: str, base: Json, wanted: str, now: int) -> Json:
    """A new object of this kind with nothing made up in it."""
    thing = copy.deepcopy(base)
    thing |= dict.fromkeys(_EMPTY.get(kind, "").split())
    thing |= copy.deepcopy(_FIXED.get(kind, {}))
    thing |= {name: now for name in _NOW if name in thing}
    return thing | {"id": wanted, "object": kind, "livemode": False} | ({"metadata": {}} if "metadata" in base else {})


def overlaid(thing: Json, params: Params, base: Mapping[str, Any], skip: frozenset[str] = frozenset()) -> Json:
    """The object with those parameters that are fields of it; an empty text empties a field, as in Stripe."""
    known = {name: value for name, value in params.items() if name in base and name not in skip}
    changed = {name: _field(name, thing.get(name), value, base[name]) for name, value in known.items()}
    return thing | changed


def _field(name: str, kept: Any, given: Any, example: Any) -> Any:
    if name == "metadata":
        return merged_metadata(kept or {}, given if isinstance(given, str) else given.items())
    if isinstance(given, dict) and isinstance(example, dict):
        return {**(kept or dict.fromkeys(example)), **{key: _blank(value) for key, value in given.items()}}
    return _blank(given)


def _blank(value: Any) -> Any:
    return None if value == "" else value
