"""The Payments page: what was started, what was charged, and how its events arrive."""

from . import money
from .html import Stage, badge, moment, page, table, text
from .outbox import Delivery
from .store import Json

_TONES = {
    "complete": "ok",
    "open": "warn",
    "expired": "",
    "succeeded": "ok",
    "failed": "bad",
    "refunded": "warn",
}


def overview(
    stage: Stage,
    sessions: list[Json],
    charges: list[Json],
    deliveries: list[tuple[Delivery, Json]],
    webhook: str,
) -> str:
    """Newest first, as many as are given."""
    body = f"""<h1>Payments</h1>
<p class="muted">What this stage's product did with Stripe, newest first; times are UTC.</p>
<h2 id="checkouts">Checkouts</h2>
{_sessions(sessions)}
<h2 id="payments">Payments</h2>
{_charges(charges)}
<h2 id="events">Events</h2>
{_deliveries(deliveries, webhook)}"""
    return page(stage, "Payments", body)


def _sessions(sessions: list[Json]) -> str:
    if not sessions:
        return '<p class="empty">No checkout yet. Choose a plan in the shop, and it shows here.</p>'
    rows = [
        (
            moment(one["created"]),
            _what(one),
            text(_email(one)),
            _amount(one["amount_total"], one),
            _state(one),
        )
        for one in sessions
    ]
    return table("Started by the product", ("Started", "What", "Buyer", "Amount", "State"), rows, frozenset({"Amount"}))


def _what(session: Json) -> str:
    words = ", ".join(text(line["description"]) for line in session["_line_items"]["data"])
    return f'<a href="/c/pay/{text(session["id"])}">{words}</a>'


def _email(session: Json) -> str:
    return str((session["customer_details"] or {}).get("email") or session["customer_email"] or "not known yet")


def _amount(amount: int, thing: Json) -> str:
    return text(money.shown(amount, thing["currency"]))


def _state(thing: Json) -> str:
    word = "refunded" if thing.get("refunded") else str(thing["status"])
    return badge(word, _TONES.get(word, ""))


def _charges(charges: list[Json]) -> str:
    if not charges:
        return '<p class="empty">No payment yet. Paying at a checkout, or refusing to, makes the first.</p>'
    rows = [
        (
            moment(one["created"]),
            text(one["billing_details"]["email"] or one["customer"] or "–"),
            f"•••• {text(one['payment_method_details']['card']['last4'])}",
            _amount(one["amount"], one),
            _state(one),
        )
        for one in charges
    ]
    return table("Cards that were tried", ("Tried", "Buyer", "Card", "Amount", "State"), rows, frozenset({"Amount"}))


def _deliveries(deliveries: list[tuple[Delivery, Json]], webhook: str) -> str:
    if not webhook:
        return '<p class="empty">No webhook is configured (WEBHOOK_URL), so events are kept and not sent.</p>'
    if not deliveries:
        return '<p class="empty">No event yet. A payment makes the first; it is sent at once.</p>'
    rows = [_delivery(one, event) for one, event in deliveries]
    return table(
        f"Sent to {webhook}",
        ("Made", "Event", "State", "Tries", "Last answer", ""),
        rows,
        frozenset({"Tries"}),
    )


def _delivery(one: Delivery, event: Json) -> tuple[str, ...]:
    state = badge("delivered", "ok") if one.delivered else badge("waiting", "bad" if one.attempts else "warn")
    words = text(event["type"])
    again = (
        f'<form method="post" action="/_standin/events/{text(one.event)}/resend">'
        f'<button class="button quiet small" aria-label="Resend {words}">Resend</button></form>'
    )
    return (
        moment(event["created"]),
        f'<div>{words}<br><code class="muted">{text(one.event)}</code></div>',
        state,
        str(one.attempts),
        f"<div>{text(one.answer or 'not tried yet')}</div>",
        again,
    )
