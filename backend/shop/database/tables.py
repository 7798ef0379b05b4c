"""The tables. A change here needs a migration in backend/migrations/versions (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
    }
)
Moment = DateTime(timezone=True)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("interval", Text, nullable=False),
    Column("features", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    CheckConstraint("price_cents >= 0", name="price"),
)

people = Table(
    "people",
    metadata,
    Column("sub", Text, primary_key=True),
    Column("email", Text),
    Column("name", Text),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", ForeignKey("people.sub"), nullable=False, index=True),
    Column("plan", ForeignKey("plans.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("renews_at", Moment),
    Column("ended_at", Moment),
    # Stripe delivers events in any order: an event older than this one changes nothing.
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("status IN ('active', 'trialling', 'past_due', 'cancelled')", name="status"),
)

receipt_numbers = Sequence("receipt_numbers", start=1001, metadata=metadata)

payments = Table(
    "payments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", ForeignKey("people.sub"), nullable=False),
    Column("subscription", ForeignKey("subscriptions.id", ondelete="SET NULL"), index=True),
    Column("plan", ForeignKey("plans.id"), nullable=False),
    Column(
        "receipt_number",
        Integer,
        nullable=False,
        unique=True,
        server_default=text("nextval('receipt_numbers')"),
    ),
    Column("description", Text, nullable=False),
    Column("amount_cents", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("paid_at", Moment, nullable=False, index=True),
    CheckConstraint("status IN ('paid', 'failed', 'refunded')", name="status"),
    Index("payments_person_idx", "person", "paid_at"),
)

stripe_events = Table(
    "stripe_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("received_at", Moment, nullable=False, server_default=func.now()),
)

mails = Table(
    "mails",
    metadata,
    # One receipt for one payment, whichever events tell of it.
    Column("payment", ForeignKey("payments.id"), primary_key=True),
    Column("event", ForeignKey("stripe_events.id"), nullable=False, index=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("sent_at", Moment),
    Column("refused", Text),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("flow_run", Text, unique=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("revenue_cents", Integer, nullable=False),
    Column("new_subscribers", Integer, nullable=False),
    Column("active_subscribers", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("by_plan", JSONB, nullable=False),
    Column("by_month", JSONB, nullable=False),
)

report_progress = Table(
    "report_progress",
    metadata,
    Column("flow_run", Text, primary_key=True),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("message", Text, nullable=False),
)
