"""Stripe's products and prices, by the plans' ids. Asking comes first: a second run changes nothing."""

from __future__ import annotations

import stripe

from scenario.billing import Row


def product_id(plan_id: str) -> str:
    """Fixed, so that the product is found again; the price is found by its lookup key."""
    return f"fernhill_{plan_id}"


def apply(client: stripe.StripeClient, plans: list[Row]) -> list[str]:
    """Make what is missing or different; says what was done. Raises stripe.StripeError."""
    done = [*(_product(client, plan) for plan in plans), *(_price(client, plan) for plan in plans)]
    return [each for each in done if each]


def _product(client: stripe.StripeClient, plan: Row) -> str | None:
    name, wanted = product_id(plan["id"]), {"name": plan["name"], "description": plan["description"]}
    try:
        found = client.v1.products.retrieve(name)
    except stripe.InvalidRequestError as error:
        if error.http_status != 404:
            raise
        client.v1.products.create(params={"id": name, **wanted})  # type: ignore[typeddict-item]
        return f"product {plan['id']} made"
    if wanted == {"name": found.name, "description": found.description}:
        return None
    client.v1.products.update(name, params=wanted)  # type: ignore[arg-type]
    return f"product {plan['id']} renamed"


def _price(client: stripe.StripeClient, plan: Row) -> str | None:
    found = client.v1.prices.list(params={"lookup_keys": [plan["id"]], "active": True})
    if any(_fits(price, plan) for price in found.data):
        return None
    client.v1.prices.create(
        params={
            "product": product_id(plan["id"]),
            "currency": plan["currency"],
            "unit_amount": plan["price_cents"],
            "recurring": {"interval": plan["interval"]},
            "lookup_key": plan["id"],
            # A price cannot change its amount: the new one takes the key over from the old.
            "transfer_lookup_key": True,
        }
    )
    return f"price {plan['id']} made"


def _fits(price: stripe.Price, plan: Row) -> bool:
    interval = price.recurring.interval if price.recurring else None
    wanted = (plan["id"], plan["price_cents"], plan["currency"], plan["interval"])
    return (price.lookup_key, price.unit_amount, price.currency, interval) == wanted
