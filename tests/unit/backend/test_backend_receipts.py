from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shop.billing.receipts import Receipt, mail
from shop.mail import message_of

SENDER = "Fernhill Tea <hello@shop.example>"


def receipt(name: str | None, description: str = "House, one month of tea") -> Receipt:
    return Receipt("1049", name, description, 1900, "eur", datetime(2026, 5, 14, tzinfo=UTC))


def test_receipt_says_number_date_what_and_how_much() -> None:
    letter = mail("in_1", "ana@example.test", receipt("Ana Lindqvist"))
    assert letter.subject == "Your Fernhill Tea receipt 1049"
    for body in (letter.text, letter.html):
        for words in ("Hello Ana Lindqvist,", "1049", "2026-05-14", "House, one month of tea", "€19.00"):
            assert words in body


def test_what_a_person_typed_is_escaped_in_html_and_plain_in_text() -> None:
    letter = mail("in_1", "a@example.test", receipt("<img src=x onerror=alert(1)>", "House & <b>more</b>"))
    assert "<img" not in letter.html
    assert "<b>" not in letter.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in letter.html
    assert "House & <b>more</b>" in letter.text


@pytest.mark.parametrize(
    "name", ["Finn O'Rourke", "Jón Þórsson", "{subject}", "李小龍 🍵", "Robert'); DROP TABLE people;--"]
)
def test_names_of_people_are_kept(name: str) -> None:
    assert f"Hello {name}," in mail("in_1", "a@example.test", receipt(name)).text


@pytest.mark.parametrize("name", [None, "", "  \n "])
def test_nobody_in_particular_is_greeted_too(name: str | None) -> None:
    assert mail("in_1", "a@example.test", receipt(name)).text.startswith("Hello,\n")


def test_name_with_line_breaks_stays_on_its_line() -> None:
    assert "Hello Ana Bcc: x," in mail("in_1", "a@example.test", receipt("Ana\r\nBcc: x")).text


def test_message_has_both_bodies_and_an_id_that_stays() -> None:
    letter = mail("in_1", "ana@example.test", receipt("Jón Þórsson"))
    message, again = message_of(letter, SENDER), message_of(letter, SENDER)
    assert message["Message-ID"] == again["Message-ID"]
    assert message["Message-ID"].endswith("@shop.example>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Jón Þórsson" in message.get_body(("plain",)).get_content()


def test_address_cannot_break_out_of_its_header() -> None:
    with pytest.raises(ValueError):
        message_of(mail("in_1", "a@example.test\r\nBcc: all@example.test", receipt(None)), SENDER)
