"""Write what a Stripe event changes. Everything of one event is one transaction, the event's id included."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, case, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from shop.billing.changes import Bought, Change, Charged, Moved
from shop.billing.receipts import Mail, Receipt, mail
from shop.database.tables import mails, payments, people, plans, stripe_events, subscriptions
from shop.logs import event as log_event

_log = logging.getLogger(__name__)
_UNTOLD = datetime.fromtimestamp(0, UTC)


def apply(connection: Connection, event: str, kind: str, change: Change | None) -> bool:
    """Make the change unless the event was seen before; see Store.apply.

    Two deliveries at one moment: the second waits on the first one's row and then finds it.
    """
    row = insert(stripe_events).values(id=event, type=kind).on_conflict_do_nothing()
    if connection.execute(row.returning(stripe_events.c.id)).first() is None:
        return False
    match change:
        case Bought():
            _bought(connection, event, change)
        case Charged():
            _charged(connection, event, change)
        case Moved():
            _moved(connection, change)
    return True


def _bought(connection: Connection, event: str, bought: Bought) -> None:
    _remember_person(connection, bought.person, bought.email, bought.name)
    row = insert(subscriptions).values(
        id=bought.subscription,
        person=bought.person,
        plan=bought.plan,
        status="active",
        since=bought.at,
        renews_at=_next_month(bought.at),
        changed_at=_UNTOLD,
    )
    # The subscription's own events know better, whether they came before or come after.
    connection.execute(row.on_conflict_do_nothing())
    if bought.amount_cents > 0:
        _pay(connection, event, bought.subscription, bought)


def _charged(connection: Connection, event: str, charged: Charged) -> None:
    _pay(connection, event, charged.subscription, charged)
    if not charged.paid:
        _set_status(connection, charged.subscription, "past_due", charged.at)


def _moved(connection: Connection, moved: Moved) -> None:
    if moved.person and moved.plan:
        _remember_person(connection, moved.person, None, None)
        connection.execute(_subscription_row(moved).on_conflict_do_nothing())
    newer = subscriptions.c.changed_at <= moved.at
    connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id == moved.subscription, newer)
        .values(status=moved.status, renews_at=moved.renews_at, ended_at=moved.ended_at, changed_at=moved.at)
    )


def _subscription_row(moved: Moved) -> Insert:
    return insert(subscriptions).values(
        id=moved.subscription,
        person=moved.person,
        plan=moved.plan,
        status=moved.status,
        since=moved.since,
        renews_at=moved.renews_at,
        ended_at=moved.ended_at,
        changed_at=moved.at,
    )


def _pay(connection: Connection, event: str, subscription: str, money: Bought | Charged) -> None:
    """One row for one payment: a failed one that is paid later becomes paid and only then gets its receipt."""
    owner = _owner(connection, subscription)
    if owner is None:
        log_event(_log, logging.WARNING, "payment of an unknown subscription", subscription=subscription)
        return
    paid = not isinstance(money, Charged) or money.paid
    row = _payment(connection, subscription, owner, money, "paid" if paid else "failed")
    if paid and row["status"] == "paid":
        _write_receipt(connection, event, row, owner, money.email)


def _payment(
    connection: Connection, subscription: str, owner: RowMapping, money: Bought | Charged, status: str
) -> RowMapping:
    row = insert(payments).values(
        id=money.payment,
        person=owner["sub"],
        subscription=subscription,
        plan=owner["plan"],
        description=f"{owner['plan_name']}, one {owner['interval']} of tea",
        amount_cents=money.amount_cents,
        currency=money.currency,
        status=status,
        paid_at=money.at,
    )
    paid_now = (payments.c.status == "failed") & (row.excluded.status == "paid")
    kept = {"status": case((paid_now, "paid"), else_=payments.c.status)}
    when = {"paid_at": case((paid_now, row.excluded.paid_at), else_=payments.c.paid_at)}
    upsert = row.on_conflict_do_update(index_elements=["id"], set_=kept | when).returning(payments)
    return connection.execute(upsert).mappings().one()


def _write_receipt(
    connection: Connection, event: str, payment: RowMapping, owner: RowMapping, email: str | None
) -> None:
    recipient = email or owner["email"]
    if recipient is None:
        log_event(_log, logging.WARNING, "no address for the receipt", payment=payment["id"])
        return
    letter = _letter(payment, owner["name"], recipient)
    row = insert(mails).values(
        payment=letter.key,
        event=event,
        recipient=letter.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )
    connection.execute(row.on_conflict_do_nothing())


def _letter(payment: RowMapping, name: str | None, recipient: str) -> Mail:
    receipt = Receipt(
        number=f"{payment['receipt_number']:04d}",
        name=name,
        description=payment["description"],
        amount_cents=payment["amount_cents"],
        currency=payment["currency"],
        paid_at=payment["paid_at"],
    )
    return mail(payment["id"], recipient, receipt)


def _owner(connection: Connection, subscription: str) -> RowMapping | None:
    query = (
        select(people, subscriptions.c.plan, plans.c.name.label("plan_name"), plans.c.interval)
        .join(subscriptions, subscriptions.c.person == people.c.sub)
        .join(plans, plans.c.id == subscriptions.c.plan)
        .where(subscriptions.c.id == subscription)
    )
    return connection.execute(query).mappings().one_or_none()


def _remember_person(connection: Connection, sub: str, email: str | None, name: str | None) -> None:
    row = insert(people).values(sub=sub, email=email, name=name)
    known = {
        "email": func.coalesce(row.excluded.email, people.c.email),
        "name": func.coalesce(people.c.name, row.excluded.name),
    }
    connection.execute(row.on_conflict_do_update(index_elements=["sub"], set_=known))


def _set_status(connection: Connection, subscription: str, status: str, at: datetime) -> None:
    newer = subscriptions.c.changed_at <= at
    change = update(subscriptions).where(subscriptions.c.id == subscription, newer)
    connection.execute(change.values(status=status, changed_at=at))


def _next_month(at: datetime) -> datetime:
    """The same day a month on, or that month's last day; Stripe's own events correct it."""
    first = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(at.day, last.day))
