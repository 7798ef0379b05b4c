"""The doors of our own pages: checkout, Payments, health and the helpers for tests."""

import sqlite3
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from . import cards, checkout, checkout_page, keys, overview_page, subscriptions
from .api import body_of
from .cards import Card
from .checkout import Buyer
from .context import Context
from .desk import Changes, Desk
from .errors import StripeError
from .html import Stage
from .outbox import Delivery
from .store import Json

_SHOWN = 50
# No script and no foreign content. Forms are left free: a paid order is answered by a redirect to the shop.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": _POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, _HEADERS)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _stage(request: Request) -> Stage:
    """The edge says which release it serves; without an edge the settings do."""
    settings = _context(request).settings
    given = request.headers
    return Stage(given.get("x-stagekit-stage") or settings.stage, given.get("x-stagekit-release") or settings.release)


async def show_checkout(request: Request) -> Response:
    context = _context(request)
    await context.expire_sessions()
    session = context.store.get(request.path_params["id"], checkout.KIND)
    if not session:
        return _page(checkout_page.unknown(_stage(request)), 404)
    if _status(context, session) != "open":
        return _page(checkout_page.over(_stage(request), session))
    email = _fixed_email(context, session)
    return _page(checkout_page.form(_stage(request), session, {}, {}, fixed_email=email))


async def take_payment(request: Request) -> Response:
    """Paid: on to the shop. Declined or mistyped: the form again, saying why."""
    context = _context(request)
    typed = _typed(await body_of(request))
    session = context.store.get(request.path_params["id"], checkout.KIND)
    if not session:
        return _page(checkout_page.unknown(_stage(request)), 404)
    fixed = _fixed_email(context, session)
    buyer = Buyer(fixed or typed["email"].strip(), typed["name"].strip())
    card = cards.read(typed["number"], typed["expiry"], typed["cvc"], typed["name"], _today(context))
    problems = _problems(buyer, card)
    if problems or not isinstance(card, Card):
        return _page(checkout_page.form(_stage(request), session, typed, problems, fixed_email=fixed), 422)
    try:
        session = _tried(context, await context.desk(), session["id"], buyer, card)
    except StripeError as error:
        alert = f"Nothing was charged. {error}"
        return _page(checkout_page.form(_stage(request), session, typed, {}, alert, fixed), error.status)
    return _after(request, session, typed, card, fixed)


def _tried(context: Context, desk: Desk, wanted: str, buyer: Buyer, card: Card) -> Json:
    """The session after this card. Looked at again inside the transaction, so two submits charge once."""
    with context.store.transaction():
        session = desk.find(checkout.KIND, wanted)
        if _status(context, session) == "open":
            decide = checkout.decline if card.decline else checkout.pay
            context.keeper.keep(desk, decide(desk, session, buyer, card))
    context.courier.wake()
    return desk.find(checkout.KIND, wanted)


def _after(request: Request, session: Json, typed: dict[str, str], card: Card, fixed: str) -> Response:
    if session["status"] == "complete":
        return RedirectResponse(checkout_page.success_url(session), 303, _HEADERS)
    if _status(_context(request), session) != "open":
        return _page(checkout_page.over(_stage(request), session), 410)
    alert = f"{card.message} Nothing was charged."
    return _page(checkout_page.form(_stage(request), session, typed, {}, alert, fixed), 402)


def _status(context: Context, session: Json) -> str:
    late = session["status"] == "open" and session["expires_at"] <= context.clock()
    return "expired" if late else str(session["status"])


def _fixed_email(context: Context, session: Json) -> str:
    """An address the product gave: the buyer sees it and cannot change it, as at Stripe."""
    customer = context.store.get(session["customer"] or "", "customer") or {}
    return str(session["customer_email"] or customer.get("email") or "")


def _typed(body: bytes) -> dict[str, str]:
    form = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    return {name: form.get(name, [""])[0][:254] for name in checkout_page.FIELDS}


def _problems(buyer: Buyer, card: Card | cards.Problems) -> dict[str, str]:
    name, _, domain = buyer.email.partition("@")
    good = name and domain and "@" not in domain and not any(letter.isspace() for letter in buyer.email)
    email = {} if good else {"email": "Type an email address, e.g. you@example.test."}
    return email | (card.fields if isinstance(card, cards.Problems) else {})


def _today(context: Context) -> date:
    return datetime.fromtimestamp(context.clock(), UTC).date()


async def show_overview(request: Request) -> Response:
    context = _context(request)
    await context.expire_sessions()
    sessions, charges = ([*islice(context.store.newest(kind), _SHOWN)] for kind in (checkout.KIND, "charge"))
    deliveries = _deliveries(context)
    return _page(overview_page.overview(_stage(request), sessions, charges, deliveries, context.settings.webhook_url))


def _deliveries(context: Context) -> list[tuple[Delivery, Json]]:
    pairs = [(one, context.store.get(one.event)) for one in context.outbox.newest(_SHOWN)]
    return [(one, event) for one, event in pairs if event]


async def list_deliveries(request: Request) -> Response:
    """The newest deliveries as data, for tests that wait for one."""
    rows = [
        {
            "event": one.event,
            "type": event["type"],
            "queue": one.queue,
            "delivered": one.delivered,
            "attempts": one.attempts,
            "next_try": one.next_try,
            "answer": one.answer,
        }
        for one, event in _deliveries(_context(request))
    ]
    return JSONResponse({"deliveries": rows}, headers={"cache-control": "no-store"})


async def resend(request: Request) -> Response:
    """Sends an event once more; from the page, back to the page."""
    context, wanted = _context(request), request.path_params["id"]
    if not context.outbox.resend(wanted, context.clock()):
        return JSONResponse({"error": {"message": f"No such event was to be sent: '{wanted}'"}}, 404)
    context.courier.wake()
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/#events", 303)
    return JSONResponse({"event": wanted, "delivered": False})


async def renew(request: Request) -> Response:
    """Ends a subscription's period now: ``outcome=paid`` (the default) or ``failed``. Needs a test key."""
    context = _context(request)
    keys.check(request.headers.get("authorization", ""))
    declined = parse_qs((await body_of(request)).decode(errors="replace")).get("outcome") == ["failed"]
    changes = _renewed(context, await context.desk(), request.path_params["id"], declined)
    context.courier.wake()
    return JSONResponse({"subscription": changes.answer["id"], "status": changes.answer["status"]})


def _renewed(context: Context, desk: Desk, wanted: str, declined: bool) -> Changes:
    with context.store.transaction():
        changes = subscriptions.renew(desk, wanted, declined)
        context.keeper.keep(desk, changes)
    return changes


async def health(request: Request) -> Response:
    """Ready when the database can be written. stripe-mock is told about, not waited for."""
    context = _context(request)
    await context.upstream.look()
    mock = {"reachable": context.upstream.reachable, "version": context.upstream.version}
    try:
        context.store.prove_writable(context.clock())
    except sqlite3.Error as error:
        return JSONResponse({"status": "not ready", "database": str(error), "stripe_mock": mock}, 503)
    return JSONResponse({"status": "ready", "database": "ok", "stripe_mock": mock})


async def style(request: Request) -> Response:
    """look.css is shared with the other pages of a stage; pay.css is ours."""
    own = Path(__file__).with_name("pay.css")
    path = own if request.url.path == "/pay.css" else _context(request).settings.look_css
    if not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="text/css", headers={"cache-control": "max-age=300"})
