"""The receipts of what was paid, as the shop writes them. All are sent: the shop sends what has no `sent_at`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scenario.billing import Row
from scenario.receipt_events import event_of
from shop.billing.receipts import Receipt, mail
from stagekit_seed import Seed


def rows(seed: Seed) -> Iterator[Row]:
    people = {row["sub"]: (row["name"], row["email"]) for row in seed.rows("people")}
    for payment in seed.rows("payments"):
        if payment["status"] != "failed":
            yield _receipt(seed, payment, *people[payment["person"]])


def _receipt(seed: Seed, payment: Row, name: str, email: str) -> Row:
    paid_at = seed.at(payment["paid_at"])
    assert paid_at
    letter = mail(
        payment["id"],
        email,
        Receipt(
            number=f"{int(payment['receipt_number']):04d}",
            name=name,
            description=payment["description"],
            amount_cents=int(payment["amount_cents"]),
            currency=payment["currency"],
            paid_at=paid_at,
        ),
    )
    return {
        "payment": payment["id"],
        "event": event_of(payment["id"]),
        "recipient": letter.recipient,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "sent_at": paid_at + timedelta(seconds=seed.random(payment["id"]).randint(6, 12)),
    }
