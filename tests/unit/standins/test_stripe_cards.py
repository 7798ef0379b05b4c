from datetime import date

import pytest

from stripe_standin import money
from stripe_standin.cards import DECLINED, PAYS, Card, Problems, read

TODAY = date(2026, 5, 31)


def card(number: str = PAYS, expiry: str = "12 / 34", cvc: str = "123", name: str = "Ana") -> Card | Problems:
    return read(number, expiry, cvc, name, TODAY)


def test_the_good_card_pays() -> None:
    assert card() == Card("4242", 12, 2034, "Ana")


def test_the_declining_card_is_declined_with_stripes_code() -> None:
    found = card(DECLINED)
    assert isinstance(found, Card)
    assert (found.decline, found.last4) == ("generic_decline", "0002")


@pytest.mark.parametrize("number", ["4242424242424242", "4242-4242-4242-4242", " 4242 4242 42424242 "])
def test_blanks_and_dashes_in_a_number_do_not_matter(number: str) -> None:
    assert isinstance(card(number), Card)


@pytest.mark.parametrize("number", ["", "4111111111111111", "4242", "<script>", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"])
def test_any_other_number_is_told_the_test_cards(number: str) -> None:
    found = card(number)
    assert isinstance(found, Problems)
    assert PAYS in found.fields["number"]
    assert DECLINED in found.fields["number"]


@pytest.mark.parametrize(
    ("expiry", "good"),
    [
        ("05/26", True),
        ("5 26", True),
        ("1234", True),
        ("12/2034", True),
        ("04/26", False),
        ("13/30", False),
        ("soon", False),
        ("", False),
    ],
)
def test_an_expiry_is_a_month_that_is_not_over(expiry: str, good: bool) -> None:
    assert isinstance(card(expiry=expiry), Card) is good


def test_every_wrong_field_is_named_at_once() -> None:
    found = card("1", "x", "12", " ")
    assert isinstance(found, Problems)
    assert set(found.fields) == {"number", "expiry", "cvc", "name"}


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(1900, "eur", "€19.00"), (123456789, "usd", "$1,234,567.89"), (500, "jpy", "¥500"), (5, "sek", "0.05 SEK")],
)
def test_amounts_read_as_people_write_them(amount: int, currency: str, words: str) -> None:
    assert money.shown(amount, currency) == words


def test_a_month_after_the_31st_ends_on_the_last_day() -> None:
    january_31 = 1_769_860_800  # 2026-01-31 12:00 UTC
    assert money.later(january_31, "month", 1) == 1_772_280_000  # 2026-02-28 12:00 UTC
    assert money.later(january_31, "year", 1) == january_31 + 365 * 86400
    assert money.later(january_31, "week", 2) == january_31 + 14 * 86400
