"""Products, prices and customers."""

from typing import Any

from .desk import Changes, Desk
from .errors import StripeError
from .forms import Params
from .store import Json

_RECURRING = {"interval": "month", "interval_count": 1, "meter": None, "usage_type": "licensed"}


def create_product(desk: Desk, params: Params) -> Changes:
    """Keeps a product, under its own id if one is given; ``default_price_data`` makes its price too."""
    wanted = params.get("id")
    if wanted and desk.store.get(wanted):
        raise StripeError(400, f"Product already exists: '{wanted}'", code="resource_already_exists", param="id")
    product = desk.overlaid(desk.new("product", id=wanted), params, "id", "default_price")
    if data := params.get("default_price_data"):
        price = new_price(desk, {**data, "product": product["id"]})
        return Changes((product | {"default_price": price["id"]}, price))
    return Changes((product,))


def create_price(desk: Desk, params: Params) -> Changes:
    """Keeps a price. A lookup key has one owner; ``transfer_lookup_key`` takes it from another price."""
    product, made = _product_of(desk, params)
    freed = _lookup_key_owners(desk, params)
    if freed and not params.get("transfer_lookup_key"):
        raise StripeError(400, f"A price (`{freed[0]['id']}`) already uses that lookup key.", param="lookup_key")
    price = new_price(desk, {**params, "product": product})
    return Changes((price, *made, *(other | {"lookup_key": None} for other in freed)))


def new_price(desk: Desk, params: Params) -> Json:
    price = desk.overlaid(
        desk.new("price"),
        params | {"currency": str(params.get("currency", "")).lower()},
        "recurring",
        "unit_amount_decimal",
    )
    recurring = params.get("recurring")
    amount = price["unit_amount"] = params.get("unit_amount", _from_decimal(params.get("unit_amount_decimal")))
    return price | {
        "recurring": {**_RECURRING, **recurring} if recurring else None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount_decimal": None if amount is None else str(params.get("unit_amount_decimal", amount)),
    }


def create_customer(desk: Desk, params: Params) -> Changes:
    return Changes((new_customer(desk, params),))


def new_customer(desk: Desk, params: Params) -> Json:
    return desk.overlaid(desk.new("customer"), params)


def update(desk: Desk, kind: str, wanted: str, params: Params) -> Changes:
    """Any kept object, changed by those parameters that are fields of it."""
    kept = desk.find(kind, wanted)
    if kept.get("deleted"):
        raise StripeError(404, f"No such {kind}: '{wanted}'", code="resource_missing", param="id")
    if kind != "price":
        return Changes((desk.overlaid(kept, params),))
    freed = [other for other in _lookup_key_owners(desk, params) if other["id"] != wanted]
    if freed and not params.get("transfer_lookup_key"):
        raise StripeError(400, f"A price (`{freed[0]['id']}`) already uses that lookup key.", param="lookup_key")
    return Changes((desk.overlaid(kept, params), *(other | {"lookup_key": None} for other in freed)))


def delete(desk: Desk, kind: str, wanted: str) -> Changes:
    """Products and customers leave a stone: the id stays taken and answers ``deleted``."""
    desk.find(kind, wanted)
    return Changes(({"id": wanted, "object": kind, "deleted": True},))


def _product_of(desk: Desk, params: Params) -> tuple[str, list[Json]]:
    if data := params.get("product_data"):
        made = create_product(desk, data).answer
        return made["id"], [made]
    return desk.named("product", params.get("product", ""), "product")["id"], []


def _lookup_key_owners(desk: Desk, params: Params) -> list[Json]:
    key = params.get("lookup_key")
    return [price for price in desk.store.newest("price") if key and price["lookup_key"] == key]


def _from_decimal(text: Any) -> int | None:
    return int(float(text)) if text else None
