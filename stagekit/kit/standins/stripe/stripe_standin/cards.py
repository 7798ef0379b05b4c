"""What each test card does: pure decisions over what a person typed."""

import re
from dataclasses import dataclass, field
from datetime import date

# Stripe's own numbers: https://docs.stripe.com/testing
PAYS = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
NO_FUNDS = "4000 0000 0000 9995"
TEST_CARDS = ((PAYS, "pays"), (DECLINED, "is declined"), (NO_FUNDS, "has insufficient funds"))

_DECLINES = {
    DECLINED: ("generic_decline", "Your card was declined. Try another card."),
    NO_FUNDS: ("insufficient_funds", "Your card has insufficient funds. Try another card."),
}


@dataclass(frozen=True)
class Card:
    """A known test card with a valid form; ``decline`` is Stripe's decline code, or empty when it pays."""

    last4: str
    month: int
    year: int
    name: str = ""
    decline: str = ""
    message: str = ""


@dataclass(frozen=True)
class Problems:
    """Field name -> what is wrong and what to type instead."""

    fields: dict[str, str] = field(default_factory=dict)


def read(number: str, expiry: str, cvc: str, name: str, today: date) -> Card | Problems:
    """The card that was typed, or a message for each field that cannot be taken."""
    known = _known(number)
    when = _expiry(expiry)
    problems = {
        "number": "" if known else f"Only test cards work here: {PAYS} pays, {DECLINED} is declined.",
        "expiry": _expiry_problem(when, today),
        "cvc": "" if re.fullmatch(r"[0-9]{3}", cvc.strip()) else "Type any three digits, e.g. 123.",
        "name": "" if name.strip() else "Type the name on the card; any name will do.",
    }
    problems = {key: text for key, text in problems.items() if text}
    if problems or not when:
        return Problems(problems)
    decline, message = _DECLINES.get(known, ("", ""))
    return Card(known[-4:], *when, name=name.strip(), decline=decline, message=message)


def saved(decline: str = "", name: str = "") -> Card:
    """The card behind Stripe's ready-made payment methods such as ``pm_card_visa``."""
    return Card("0002" if decline else "4242", 12, 2034, name, decline, "Your card was declined." if decline else "")


def _known(number: str) -> str:
    digits = re.sub(r"[\s-]", "", number)
    return next((known for known, _ in TEST_CARDS if known.replace(" ", "") == digits), "")


def _expiry(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*[/ -]?\s*(?:20)?([0-9]{2})\s*", text, re.ASCII)
    return (int(found[1]), 2000 + int(found[2])) if found else None


def _expiry_problem(when: tuple[int, int] | None, today: date) -> str:
    if not when:
        return "Type month and year, e.g. 12 / 34."
    month, year = when
    return (
        "" if (year, month) >= (today.year, today.month) else "This date has passed; type any later one, e.g. 12 / 34."
    )
