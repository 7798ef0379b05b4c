"""Money is integer cents with a currency; only a person's text shows it with a point."""

from __future__ import annotations

_SIGNS = {"eur": "€", "usd": "$", "gbp": "£"}


def words(cents: int, currency: str) -> str:
    """1900, "eur" -> "€19.00"; a currency without a sign is named behind: "19.00 CHF"."""
    amount = f"{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    minus = "-" if cents < 0 else ""
    sign = _SIGNS.get(currency.lower())
    return f"{minus}{sign}{amount}" if sign else f"{minus}{amount} {currency.upper()}"
