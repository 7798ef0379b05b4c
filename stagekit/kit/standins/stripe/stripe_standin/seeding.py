"""For the stage's own seed: forget everything, and keep customers and subscriptions that began in the past.

Stripe has no such calls: an id is its own to choose there, and time its own to tell. No event is sent of what is made
here. Only the stage's own services are answered: the edge marks what comes from outside.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import billing, keys
from .api import body_of
from .context import Context
from .desk import Desk
from .errors import StripeError
from .store import Json

_STATUS = {"active", "trialing", "past_due", "canceled"}


async def forget(request: Request) -> Response:
    """Everything that is kept goes; events that still wait are not sent."""
    context = _inside(request)
    with context.store.transaction():
        context.store.forget_everything()
    return JSONResponse({"forgotten": True})


async def keep(request: Request) -> Response:
    """Keeps what is given and not there yet; `made` counts it. What is kept already stays as it is.

    The body: {"customers": [{id, email, name, created}], "subscriptions": [{id, customer, lookup_key, status, created,
    period_start, period_end, ended_at, cancel_at_period_end, metadata, owes}]}, times in Unix seconds. `owes` is the id
    of an invoice that was not paid, if one was not.
    """
    context = _inside(request)
    given = _read(await body_of(request))
    desk = await context.desk()
    with context.store.transaction():
        made = sum(_kept(context, thing) for thing in _things(desk, given))
    return JSONResponse({"made": made})


def _inside(request: Request) -> Context:
    keys.check(request.headers.get("authorization", ""))
    if "x-stagekit-stage" in request.headers:
        raise StripeError(404, "The stage's own seed asks for this, from inside of the stage.")
    context: Context = request.app.state.context
    return context


def _read(body: bytes) -> Json:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise StripeError(400, f"The body is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise StripeError(400, "The body is no JSON object.")
    return given


def _kept(context: Context, thing: Json) -> int:
    if context.store.get(thing["id"]):
        return 0
    context.store.put({"_origin": thing["id"]} | thing)
    return 1


def _things(desk: Desk, given: Json) -> Iterator[Json]:
    """One after another: a subscription finds the customer that was kept before it."""
    try:
        for words in given.get("customers", []):
            past = replace(desk, now=int(words["created"]))
            yield past.new("customer", id=words["id"]) | {"email": words["email"], "name": words["name"]}
        prices = {price["lookup_key"]: price for price in desk.store.newest("price") if price["lookup_key"]}
        for words in given.get("subscriptions", []):
            yield from _subscription(desk, words, prices)
    except (KeyError, TypeError, ValueError) as error:
        raise StripeError(400, f"The seed is not as it should be: {error!r}") from error


def _subscription(desk: Desk, words: dict[str, Any], prices: dict[str, Json]) -> Iterator[Json]:
    customer = desk.named("customer", words["customer"], "customer")
    if words["status"] not in _STATUS:
        raise ValueError(f"no status {words['status']}")
    if words["lookup_key"] not in prices:
        raise StripeError(400, f"There is no price with the lookup key {words['lookup_key']}: make it first.")
    items = [(prices[words["lookup_key"]], 1)]
    trial = words["period_end"] if words["status"] == "trialing" else None
    past = replace(desk, now=int(words["created"]))
    sub = billing.subscription(
        past, customer["id"], items, id=words["id"], metadata=words.get("metadata") or {}, trial_end=trial
    )
    period = {"current_period_start": words["period_start"], "current_period_end": words["period_end"]}
    lines = [item | period for item in sub["items"]["data"]]
    sub |= {"status": words["status"], "items": sub["items"] | {"data": lines}} | _ending(words)
    if words.get("owes"):
        bill = _owed(replace(desk, now=int(words["period_start"])), sub, customer, items, words["owes"])
        sub |= {"latest_invoice": bill["id"]}
        yield bill
    yield sub


def _ending(words: dict[str, Any]) -> Json:
    if words.get("ended_at"):
        return {"ended_at": words["ended_at"], "canceled_at": words["ended_at"]}
    if words.get("cancel_at_period_end"):
        return {"cancel_at_period_end": True, "cancel_at": words["period_end"], "canceled_at": words["period_start"]}
    return {}


def _owed(desk: Desk, sub: Json, customer: Json, items: list[billing.Item], wanted: str) -> Json:
    """An invoice whose payment failed and that can still be paid."""
    bill = billing.invoice(desk, sub, customer, items, "subscription_cycle")
    lines = [line | {"invoice": wanted} for line in bill["lines"]["data"]]
    tried = {"attempted": True, "attempt_count": 1}
    return bill | {"id": wanted, "lines": billing.listed(lines, f"/v1/invoices/{wanted}/lines")} | tried
