"""Which calls are answered from what is kept. A call that is not in here goes to stripe-mock."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import catalog, checkout, payments, subscriptions
from .billing import listed
from .desk import Changes, Desk
from .errors import StripeError
from .forms import Params
from .reading import one_page, search, shown
from .shapes import PATHS
from .store import Json, Store

Decide = Callable[[Desk, Params, str], Changes]
Read = Callable[[Store, Params, str], Json]


@dataclass(frozen=True)
class Write:
    """Decides from the kept objects and changes them."""

    decide: Decide


@dataclass(frozen=True)
class Ask:
    """Answers from the kept objects."""

    read: Read


@dataclass(frozen=True)
class Match:
    """The route of a call and the id in its address (empty when it has none)."""

    route: Write | Ask
    wanted: str


def find(method: str, path: str) -> Match | None:
    """The route for a call, or None when stripe-mock is to answer it."""
    for pattern, route in _ROUTES.get(method, ()):
        if found := pattern.fullmatch(path):
            return Match(route, found.groupdict().get("id") or "")
    return None


def _retrieve(kind: str) -> Ask:
    def read(store: Store, params: Params, wanted: str) -> Json:
        found = store.get(wanted, kind)
        if not found:
            raise StripeError(404, f"No such {kind}: '{wanted}'", code="resource_missing", param="id")
        return shown(found, store, params.get("expand"))

    return Ask(read)


def _list(kind: str) -> Ask:
    return Ask(lambda store, params, wanted: one_page(store, kind, params))


def _search(kind: str) -> Ask:
    return Ask(lambda store, params, wanted: search(store, kind, params))


def _update(kind: str) -> Write:
    return Write(lambda desk, params, wanted: catalog.update(desk, kind, wanted, params))


def _delete(kind: str) -> Write:
    return Write(lambda desk, params, wanted: catalog.delete(desk, kind, wanted))


def _line_items(store: Store, params: Params, wanted: str) -> Json:
    session = store.get(wanted, checkout.KIND)
    if not session:
        raise StripeError(404, f"No such {checkout.KIND}: '{wanted}'", code="resource_missing", param="id")
    return shown(session["_line_items"], store, params.get("expand"))


def _invoice_payments(store: Store, params: Params, wanted: str) -> Json:
    """Which payment intent paid which invoice, by ``invoice`` or ``payment[payment_intent]``."""
    intent = (params.get("payment") or {}).get("payment_intent")
    bills = [bill for bill in store.newest("invoice") if params.get("invoice") in (None, bill["id"])]
    paid = [one for bill in bills for one in bill.get("_payments", {"data": []})["data"]]
    found = [one for one in paid if intent in (None, one["payment"]["payment_intent"])]
    return shown(listed(found, "/v1/invoice_payments"), store, params.get("expand"))


_CREATE: dict[str, Decide] = {
    "product": lambda desk, params, _: catalog.create_product(desk, params),
    "price": lambda desk, params, _: catalog.create_price(desk, params),
    "customer": lambda desk, params, _: catalog.create_customer(desk, params),
    "checkout.session": lambda desk, params, _: checkout.create(desk, params),
    "subscription": lambda desk, params, _: subscriptions.create(desk, params),
    "payment_intent": lambda desk, params, _: payments.create_intent(desk, params),
    "charge": lambda desk, params, _: payments.create_charge(desk, params),
    "refund": lambda desk, params, _: payments.refund(desk, params),
    "invoice": lambda desk, params, _: payments.create_invoice(desk, params),
}
_SPECIAL: dict[tuple[str, str], Write | Ask] = {
    ("POST", "/v1/subscriptions/{id}"): Write(lambda desk, params, wanted: subscriptions.update(desk, wanted, params)),
    ("DELETE", "/v1/subscriptions/{id}"): Write(lambda desk, params, wanted: subscriptions.cancel(desk, wanted)),
    ("DELETE", "/v1/products/{id}"): _delete("product"),
    ("DELETE", "/v1/customers/{id}"): _delete("customer"),
    ("POST", "/v1/checkout/sessions/{id}/expire"): Write(
        lambda desk, params, wanted: checkout.expire(desk, desk.find(checkout.KIND, wanted))
    ),
    ("GET", "/v1/checkout/sessions/{id}/line_items"): Ask(_line_items),
    ("GET", "/v1/invoice_payments"): Ask(_invoice_payments),
    ("POST", "/v1/payment_intents/{id}/confirm"): Write(
        lambda desk, params, wanted: payments.confirm(desk, wanted, params)
    ),
    ("POST", "/v1/payment_intents/{id}/cancel"): Write(
        lambda desk, params, wanted: payments.cancel_intent(desk, wanted, params)
    ),
    ("POST", "/v1/invoices/{id}/pay"): Write(lambda desk, params, wanted: payments.pay_invoice(desk, wanted)),
}
_SEARCHED = ("product", "price", "customer", "subscription", "invoice", "payment_intent", "charge")


def _table() -> dict[tuple[str, str], Write | Ask]:
    table: dict[tuple[str, str], Write | Ask] = dict(_SPECIAL)
    table |= {("GET", PATHS[kind][0] + "/search"): _search(kind) for kind in _SEARCHED}
    table |= {("POST", PATHS[kind][0]): Write(decide) for kind, decide in _CREATE.items()}
    table |= {("GET", path): _list(kind) for kind, (path, _) in PATHS.items()}
    for kind, (path, _) in PATHS.items():
        table.setdefault(("GET", path + "/{id}"), _retrieve(kind))
        if kind != "event":
            table.setdefault(("POST", path + "/{id}"), _update(kind))
    return table


def _compiled(template: str) -> re.Pattern[str]:
    return re.compile(template.replace("{id}", r"(?P<id>[^/]+)"))


_ROUTES: dict[str, list[tuple[re.Pattern[str], Write | Ask]]] = {}
for (_method, _template), _route in _table().items():
    _ROUTES.setdefault(_method, []).append((_compiled(_template), _route))
