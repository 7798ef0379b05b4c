from __future__ import annotations

import pytest

from shop import money


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [
        (0, "eur", "€0.00"),
        (5, "eur", "€0.05"),
        (900, "EUR", "€9.00"),
        (123456789, "eur", "€1,234,567.89"),
        (-1900, "eur", "-€19.00"),
        (1900, "chf", "19.00 CHF"),
    ],
)
def test_cents_are_said_in_words(cents: int, currency: str, words: str) -> None:
    assert money.words(cents, currency) == words
