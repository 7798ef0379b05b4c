"""Amounts and billing periods."""

import calendar
from datetime import UTC, datetime, timedelta

_SIGNS = {"eur": "€", "gbp": "£", "usd": "$", "jpy": "¥"}
# https://docs.stripe.com/currencies#zero-decimal
_WHOLE = {
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "ugx",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
}


def shown(amount: int, currency: str) -> str:
    """1900, eur -> €19.00. Amounts are in the currency's smallest unit."""
    number = f"{amount:,}" if currency in _WHOLE else f"{amount / 100:,.2f}"
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}"


def later(moment: int, interval: str, count: int) -> int:
    """The end of a billing period: the same day some months on, or that month's last day."""
    start = datetime.fromtimestamp(moment, UTC)
    if interval in {"day", "week"}:
        return int((start + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
