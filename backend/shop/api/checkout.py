from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shop.api.access import needs
from shop.api.doors import Doors, Reach
from shop.api.errors import ApiError, documented
from shop.auth.tokens import Caller
from shop.billing.stripe_door import Buyer
from shop.values import Plan

router = APIRouter(tags=["shop"])


class CheckoutRequest(BaseModel):
    plan: str = Field(min_length=1, max_length=64, examples=["house"])


class CheckoutAnswer(BaseModel):
    url: str = Field(description="Send the browser there to pay.")


@router.post(
    "/checkout",
    status_code=201,
    summary="Begin to subscribe",
    responses=documented(401, 403, 404, 409, 422, 503),
)
def checkout(
    wish: CheckoutRequest, doors: Reach, caller: Annotated[Caller, needs("create:checkout")]
) -> CheckoutAnswer:
    """Makes a checkout session. The subscription begins when the payment's webhook arrives, not here."""
    plan = _plan(doors, wish.plan)
    if doors.store.has_running(caller.sub, plan.id):
        raise ApiError(409, "already-subscribed", f"You are subscribed to {plan.name} already.")
    return CheckoutAnswer(url=doors.payments.checkout(plan, Buyer(caller.sub, caller.email)))


def _plan(doors: Doors, plan_id: str) -> Plan:
    found = next((plan for plan in doors.store.plans() if plan.id == plan_id), None)
    if found is None:
        raise ApiError(404, "no-such-plan", "There is no such plan.")
    return found
