from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from shop import logs
from shop.api.body import TooLong, read_body
from shop.api.doors import Doors, Reach
from shop.api.errors import ApiError, documented
from shop.billing.changes import change_of
from shop.billing.stripe_door import BadSignature
from shop.mail import MailUnavailable

_log = logging.getLogger(__name__)
router = APIRouter(tags=["webhooks"])
LIMIT_BYTES = 256 * 1024


class Received(BaseModel):
    received: bool = True


@router.post(
    "/webhooks/stripe",
    summary="What Stripe tells us",
    responses=documented(400, 413, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def stripe_webhook(request: Request, doors: Reach, stripe_signature: Annotated[str, Header()] = "") -> Received:
    """The body must be signed with the webhook secret.

    An event that was seen before changes nothing. Any answer but 200 makes Stripe deliver the event again: so it is
    when the receipt could not be mailed, and the next delivery sends only the receipt.
    """
    try:
        body = await read_body(request, LIMIT_BYTES)
    except TooLong:
        raise ApiError(413, "too-long", "The body is longer than 256 kB.") from None
    await run_in_threadpool(_receive, doors, body, stripe_signature)
    return Received()


def _receive(doors: Doors, body: bytes, signature: str) -> None:
    event = _verified(doors, body, signature)
    # A signed event that lacks what its type promises is our misunderstanding: a 500, so it is delivered again.
    new = doors.store.apply(event["id"], event["type"], change_of(event))
    logs.event(_log, logging.INFO, "stripe event", id=event["id"], type=event["type"], new=new)
    _mail_receipts(doors, event["id"])


def _verified(doors: Doors, body: bytes, signature: str) -> dict[str, Any]:
    try:
        return doors.payments.event(body, signature)
    except BadSignature as error:
        logs.event(_log, logging.WARNING, "webhook refused", reason=str(error))
        raise ApiError(400, "bad-signature", "The signature does not fit the body.") from None


def _mail_receipts(doors: Doors, event_id: str) -> None:
    try:
        sent = doors.store.deliver(event_id, doors.send)
    except MailUnavailable as error:
        logs.event(_log, logging.ERROR, "receipt not sent", stripe_event=event_id, reason=str(error))
        raise ApiError(503, "receipt-not-sent", "The receipt could not be mailed; deliver this again.") from None
    if sent:
        logs.event(_log, logging.INFO, "receipt sent", stripe_event=event_id, mails=sent)
