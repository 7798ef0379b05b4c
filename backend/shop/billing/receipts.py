"""The receipt a payer gets, as text and as HTML. Pure; what a person typed is escaped in the HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from shop import money

SHOP = "Fernhill Tea"


@dataclass(frozen=True)
class Receipt:
    number: str
    name: str | None
    description: str
    amount_cents: int
    currency: str
    paid_at: datetime


@dataclass(frozen=True)
class Mail:
    """`key` is the payment's id: a mail that is sent again carries the same Message-ID."""

    key: str
    recipient: str
    subject: str
    text: str
    html: str


def mail(key: str, recipient: str, receipt: Receipt) -> Mail:
    subject = f"Your {SHOP} receipt {receipt.number}"
    return Mail(key, recipient, subject, text(receipt), html(receipt))


def text(receipt: Receipt) -> str:
    rows = "\n".join(f"{label:<10}{value}" for label, value in _rows(receipt))
    return f"{_greeting(receipt)}\n\nThank you. This is your receipt.\n\n{rows}\n\nEnjoy your tea,\n{SHOP}\n"


def html(receipt: Receipt) -> str:
    rows = "".join(f"<tr><th {_TH}>{escape(k)}</th><td {_TD}>{escape(v)}</td></tr>" for k, v in _rows(receipt))
    return _PAGE.format(
        subject=escape(f"Receipt {receipt.number}"), greeting=escape(_greeting(receipt)), rows=rows, shop=SHOP
    )


def _greeting(receipt: Receipt) -> str:
    name = " ".join((receipt.name or "").split())
    return f"Hello {name}," if name else "Hello,"


def _rows(receipt: Receipt) -> list[tuple[str, str]]:
    return [
        ("Receipt", receipt.number),
        ("Date", f"{receipt.paid_at:%Y-%m-%d}"),
        ("For", receipt.description),
        ("Paid", money.words(receipt.amount_cents, receipt.currency)),
    ]


# Mail readers ignore style sheets: the few styles sit on the elements.
_TH = 'style="text-align:left;font-weight:normal;color:#555;padding:4px 24px 4px 0"'
_TD = 'style="padding:4px 0"'
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font:16px/1.5 system-ui,sans-serif;color:#1d2a22;background:#fff">
<div style="max-width:36rem;margin:0 auto;padding:24px">
<p style="font-weight:600;color:#2f6b4a">{shop}</p>
<p>{greeting}</p><p>Thank you. This is your receipt.</p>
<table style="border-collapse:collapse;margin:16px 0">{rows}</table>
<p>Enjoy your tea,<br>{shop}</p>
</div></body></html>
"""
