"""Send what a transaction left in `mails`.

A mail's row is locked while it is sent and marked before the lock goes, so two deliveries of one event do not both
send it. A process that dies between the mail server's "accepted" and the mark may send once more, with the same
Message-ID: at least once is what SMTP allows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Connection, Engine, RowMapping, func, select, update

from shop import logs
from shop.billing.receipts import Mail
from shop.database.tables import mails

_log = logging.getLogger(__name__)


def deliver(engine: Engine, event: str, send: Callable[[Mail], str | None]) -> int:
    """See Store.deliver: one mail is one transaction."""
    sent = 0
    while True:
        with engine.begin() as connection:
            row = _next(connection, event)
            if row is None:
                return sent
            refused = send(_mail(row))
            _mark(connection, row["payment"], refused)
            sent += 0 if refused else 1


def _next(connection: Connection, event: str) -> RowMapping | None:
    waiting = (mails.c.event == event) & mails.c.sent_at.is_(None) & mails.c.refused.is_(None)
    query = select(mails).where(waiting).order_by(mails.c.payment).limit(1).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def _mail(row: RowMapping) -> Mail:
    return Mail(row["payment"], row["recipient"], row["subject"], row["text"], row["html"])


def _mark(connection: Connection, payment: str, refused: str | None) -> None:
    """A refusal is final: it is kept with its words instead of a time, and not tried again."""
    if refused:
        logs.event(_log, logging.WARNING, "receipt refused", payment=payment, reason=refused)
    outcome = {"refused": refused} if refused else {"sent_at": func.now()}
    connection.execute(update(mails).where(mails.c.payment == payment).values(**outcome))
