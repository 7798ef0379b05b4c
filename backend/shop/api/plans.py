from __future__ import annotations

from fastapi import APIRouter

from shop.api.doors import Reach
from shop.api.errors import documented
from shop.values import Plan

router = APIRouter(tags=["shop"])


@router.get("/plans", summary="What can be subscribed to", responses=documented(503))
def plans(doors: Reach) -> list[Plan]:
    """Every plan in the shop's order. Open to all."""
    return doors.store.plans()
