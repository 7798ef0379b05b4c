"""What a checkout session sells: kept prices, or prices given on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import billing, catalog
from .billing import Item
from .desk import Desk, new_id
from .errors import StripeError
from .forms import Params
from .store import Json


@dataclass(frozen=True)
class Basket:
    """Prices with quantities, Stripe's line items for them, and the prices and products made on the spot."""

    items: tuple[Item, ...]
    lines: tuple[Json, ...]
    made: tuple[Json, ...]


def read(desk: Desk, given: Any, mode: str) -> Basket:
    """The basket that ``line_items`` describes, or Stripe's error for what is wrong with it."""
    if not isinstance(given, list) or not given:
        raise StripeError(400, "Missing required param: line_items.", code="parameter_missing", param="line_items")
    chosen = [_priced(desk, line, f"line_items[{index}]") for index, line in enumerate(given)]
    items = tuple((price, line.get("quantity", 1)) for (price, *_), line in zip(chosen, given, strict=True))
    _check(mode, items)
    titles = [title for _, title, _ in chosen]
    lines = tuple(_line(item, title) for item, title in zip(items, titles, strict=True))
    return Basket(items, lines, tuple(thing for *_, made in chosen for thing in made))


def _priced(desk: Desk, line: Any, where: str) -> tuple[Json, str, list[Json]]:
    """A line's price, what a person calls it, and what had to be made for it."""
    if not isinstance(line, dict):
        raise StripeError(400, "Invalid object", param=where)
    if "price_data" in line:
        return _on_the_spot(desk, line["price_data"], f"{where}[price_data]")
    price = desk.named("price", line.get("price", ""), f"{where}[price]")
    if not price["active"]:
        message = "The price specified is inactive. This field only accepts active prices."
        raise StripeError(400, message, param=f"{where}[price]")
    return price, billing.title(desk, price), []


def _on_the_spot(desk: Desk, data: Params, where: str) -> tuple[Json, str, list[Json]]:
    if "product_data" in data:
        product = catalog.create_product(desk, data["product_data"]).answer
        made = [product]
    else:
        product = desk.named("product", data.get("product", ""), f"{where}[product]")
        made = []
    price = catalog.new_price(desk, {**data, "product": product["id"]}) | {"active": False}
    return price, str(product["name"]), [price, *made]


def _check(mode: str, items: Sequence[Item]) -> None:
    recurring = [bool(price["recurring"]) for price, _ in items]
    if mode == "subscription" and not any(recurring):
        message = "You must provide at least one recurring price in `subscription` mode."
        raise StripeError(400, message, param="mode")
    if mode == "payment" and any(recurring):
        message = "You specified `payment` mode but passed a recurring price."
        raise StripeError(400, f"{message} Switch to `subscription` mode or use one-time prices.", param="mode")
    if len({price["currency"] for price, _ in items}) > 1:
        raise StripeError(400, "All line items must have the same currency.", param="line_items")


def _line(item: Item, title: str) -> Json:
    price, quantity = item
    amount = billing.total([item])
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": title,
        "price": price,
        "quantity": quantity,
    }
