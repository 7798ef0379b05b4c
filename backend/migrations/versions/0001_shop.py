"""The shop, its billing, the nightly report.

Revision: 0001, the first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    _shop()
    _billing()
    _reports()


def _shop() -> None:
    """What is sold, to whom."""
    op.create_table(
        "plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("features", JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("price_cents >= 0", name=op.f("plans_price_check")),
        sa.PrimaryKeyConstraint("id", name="plans_pkey"),
    )
    op.create_table(
        "people",
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sub", name="people_pkey"),
    )


def _billing() -> None:
    """Subscriptions, payments, Stripe's events and the mails they cause."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renews_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'trialling', 'past_due', 'cancelled')", name=op.f("subscriptions_status_check")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.sub"], name="subscriptions_person_fkey"),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="subscriptions_plan_fkey"),
        sa.PrimaryKeyConstraint("id", name="subscriptions_pkey"),
    )
    op.create_index("subscriptions_person_idx", "subscriptions", ["person"], unique=False)
    op.execute(sa.schema.CreateSequence(sa.Sequence("receipt_numbers", start=1001)))
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column(
            "receipt_number",
            sa.Integer(),
            server_default=sa.text("nextval('receipt_numbers')"),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('paid', 'failed', 'refunded')", name=op.f("payments_status_check")),
        sa.ForeignKeyConstraint(["person"], ["people.sub"], name="payments_person_fkey"),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="payments_plan_fkey"),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscriptions.id"], name="payments_subscription_fkey", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="payments_pkey"),
        sa.UniqueConstraint("receipt_number", name="payments_receipt_number_key"),
    )
    op.create_index("payments_paid_at_idx", "payments", ["paid_at"], unique=False)
    op.create_index("payments_person_idx", "payments", ["person", "paid_at"], unique=False)
    op.create_index("payments_subscription_idx", "payments", ["subscription"], unique=False)
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="stripe_events_pkey"),
    )
    op.create_table(
        "mails",
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["stripe_events.id"], name="mails_event_fkey"),
        sa.ForeignKeyConstraint(["payment"], ["payments.id"], name="mails_payment_fkey"),
        sa.PrimaryKeyConstraint("payment", name="mails_pkey"),
    )
    op.create_index("mails_event_idx", "mails", ["event"], unique=False)


def _reports() -> None:
    """Finished reports, and how far the running ones are."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("flow_run", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("revenue_cents", sa.Integer(), nullable=False),
        sa.Column("new_subscribers", sa.Integer(), nullable=False),
        sa.Column("active_subscribers", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("by_plan", JSONB(), nullable=False),
        sa.Column("by_month", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="reports_pkey"),
        sa.UniqueConstraint("flow_run", name="reports_flow_run_key"),
    )
    op.create_index("reports_created_at_idx", "reports", ["created_at"], unique=False)
    op.create_table(
        "report_progress",
        sa.Column("flow_run", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("flow_run", name="report_progress_pkey"),
    )
