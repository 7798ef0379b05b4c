"""The page a buyer sees: what is bought, the card form, and how it went."""

from collections.abc import Mapping

from . import money
from .cards import TEST_CARDS
from .html import Stage, page, text
from .settings import is_http
from .store import Json

FIELDS = ("email", "number", "expiry", "cvc", "name")
# name -> label, type, autocomplete token, example, extra attributes
_INPUTS = {
    "email": ("Email", "email", "email", "you@example.test", 'maxlength="254"'),
    "number": (
        "Card number",
        "text",
        "cc-number",
        "4242 4242 4242 4242",
        'inputmode="numeric" maxlength="32"',
    ),
    "expiry": ("Expiry", "text", "cc-exp", "12 / 34", 'inputmode="numeric" maxlength="9"'),
    "cvc": ("CVC", "text", "cc-csc", "123", 'inputmode="numeric" maxlength="4"'),
    "name": ("Name on card", "text", "cc-name", "", 'maxlength="120"'),
}


def form(
    stage: Stage,
    session: Json,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    alert: str = "",
    fixed_email: str = "",
) -> str:
    """The checkout form; ``problems`` are by field, ``alert`` is about the whole payment."""
    values = {**typed, "cvc": "", **({"email": fixed_email} if fixed_email else {})}
    fields = {
        name: _field(name, values.get(name, ""), problems.get(name, ""), bool(name == "email" and fixed_email))
        for name in FIELDS
    }
    body = f"""<h1>{_heading(session)}</h1>
<div class="checkout">
<section aria-labelledby="order"><h2 id="order">Your order</h2>{_order(session)}{_leave(session)}</section>
<form class="card" method="post" action="/c/pay/{text(session["id"])}" novalidate aria-labelledby="payment">
<h2 id="payment">Pay by card</h2>
{_alert(alert, problems)}
{fields["email"]}
{fields["number"]}
<div class="pair">{fields["expiry"]}{fields["cvc"]}</div>
{fields["name"]}
<button class="button wide" type="submit">{text(button(session))}</button>
{_test_cards()}
</form>
</div>"""
    return page(stage, f"{_heading(session)} · checkout", body, narrow=True)


def button(session: Json) -> str:
    """What the button does: Pay €19.00."""
    total = session["amount_total"]
    return f"Pay {money.shown(total, session['currency'])}" if total else "Start trial"


def over(stage: Stage, session: Json) -> str:
    """A session that cannot be paid any more: it is paid, or its time is over."""
    paid = session["status"] == "complete"
    title = "This order is paid" if paid else "This checkout has expired"
    words = (
        "It was charged once. Nothing more is to do here."
        if paid
        else ("Nothing was charged. Go back and start the checkout again.")
    )
    target = success_url(session) if paid else str(session["cancel_url"] or "")
    back = (
        f'<p><a class="button" href="{text(target)}">{"Go on" if paid else "Go back"}</a></p>'
        if is_http(target)
        else ""
    )
    return page(stage, title, f'<h1>{title}</h1>\n<p class="note {"ok" if paid else ""}">{words}</p>\n{back}')


def unknown(stage: Stage) -> str:
    body = (
        "<h1>No such checkout</h1>\n<p>Its address is wrong, or this stage's payments were reset since. "
        "Start the checkout again from the shop.</p>"
    )
    return page(stage, "No such checkout", body)


def success_url(session: Json) -> str:
    """Where a buyer goes after paying: https://docs.stripe.com/payments/checkout/custom-success-page"""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _heading(session: Json) -> str:
    names = [text(line["description"]) for line in session["_line_items"]["data"]]
    verb = "Subscribe to" if session["mode"] == "subscription" else "Pay for"
    return f"{verb} {', '.join(names)}"


def _order(session: Json) -> str:
    lines = "".join(_line(line) for line in session["_line_items"]["data"])
    total = money.shown(session["amount_total"], session["currency"])
    due = f'<div class="total"><dt>Due today</dt><dd class="num">{total}</dd></div>'
    return f'<dl class="order">{lines}{due}</dl>'


def _line(line: Json) -> str:
    amount = money.shown(line["amount_total"], line["currency"])
    many = f" × {line['quantity']}" if line["quantity"] != 1 else ""
    return (
        f"<div><dt>{text(line['description'])}{many}<br>"
        f'<span class="muted">{_interval(line["price"])}</span></dt>'
        f'<dd class="num">{amount}</dd></div>'
    )


def _interval(price: Json) -> str:
    recurring = price["recurring"]
    if not recurring:
        return "once"
    count = recurring["interval_count"]
    return text(f"every {recurring['interval']}" if count == 1 else f"every {count} {recurring['interval']}s")


def _leave(session: Json) -> str:
    target = str(session["cancel_url"] or "")
    return f'<p><a class="button quiet" href="{text(target)}">Cancel and go back</a></p>' if is_http(target) else ""


def _alert(alert: str, problems: Mapping[str, str]) -> str:
    words = alert or ("Nothing was charged. Look at the fields marked below." if problems else "")
    return f'<p class="note error" role="alert">{text(words)}</p>' if words else ""


def _field(name: str, value: str, problem: str, fixed: bool) -> str:
    label, kind, token, example, more = _INPUTS[name]
    marks = f' aria-invalid="true" aria-describedby="{name}-problem" autofocus' if problem else ""
    told = f'<span class="problem" id="{name}-problem">{text(problem)}</span>' if problem else ""
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{token}" placeholder="{example}"'
        f" {more}"
        f' value="{text(value)}" required{" readonly" if fixed else ""}{marks}>{told}</div>'
    )


def _test_cards() -> str:
    rows = "".join(f"<li><code>{number}</code> {words}</li>" for number, words in TEST_CARDS)
    hint = '<p class="muted">Any later date, any three digits.</p>'
    return f'<div class="tests"><h3>Test cards</h3><ul>{rows}</ul>{hint}</div>'
