from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from shop.api.access import needs
from shop.api.doors import Reach
from shop.api.errors import documented
from shop.auth.tokens import Caller
from shop.values import Account

router = APIRouter(tags=["account"])


@router.get("/me", summary="Who I am, my subscription and payments", responses=documented(401, 403, 503))
def me(doors: Reach, caller: Annotated[Caller, needs("read:account")]) -> Account:
    """Payments come newest first. Someone who never subscribed has no subscription and no payments."""
    return Account(
        sub=caller.sub,
        email=caller.email,
        name=caller.name,
        subscription=doors.store.subscription(caller.sub),
        payments=doors.store.payments(caller.sub),
    )
