"""What the API speaks of, as frozen values. Times are UTC, money is integer cents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SubscriptionStatus = Literal["active", "trialling", "past_due", "cancelled"]
PaymentStatus = Literal["paid", "failed", "refunded"]
RunState = Literal["scheduled", "pending", "running", "completed", "failed", "cancelled"]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Plan(Value):
    """A thing to subscribe to; `id` is also the lookup key of its Stripe price."""

    id: str = Field(examples=["house"])
    name: str = Field(examples=["House"])
    description: str
    price_cents: int = Field(examples=[1900])
    currency: str = Field(examples=["eur"])
    interval: str = Field(examples=["month"])
    features: list[str]


class Subscription(Value):
    plan: Plan
    status: SubscriptionStatus
    since: datetime
    renews_at: datetime | None


class Payment(Value):
    id: str
    receipt_number: str = Field(examples=["1049"])
    description: str
    amount_cents: int
    currency: str
    status: PaymentStatus
    paid_at: datetime


class Account(Value):
    """Who is signed in, the subscription that counts (a running one before an ended one) and every payment."""

    sub: str
    email: str | None
    name: str | None
    subscription: Subscription | None
    payments: list[Payment]


class ReportSummary(Value):
    id: str
    created_at: datetime
    period_start: date
    period_end: date = Field(description="the last day counted")
    revenue_cents: int
    new_subscribers: int


class PlanFigures(Value):
    plan: str
    name: str
    subscribers: int
    revenue_cents: int


class MonthFigures(Value):
    month: str = Field(examples=["2026-05"])
    revenue_cents: int


class Report(ReportSummary):
    currency: str
    active_subscribers: int
    cancelled: int
    by_plan: list[PlanFigures]
    by_month: list[MonthFigures] = Field(description="twelve months, oldest first")


class RunProgress(Value):
    """How far a run of the report has come, as the flow itself wrote it down."""

    done: int
    total: int
    message: str
    report_id: str | None = None


class Run(Value):
    """One run of the nightly report. `progress` is the share of its steps that are done."""

    id: str
    name: str
    state: RunState
    progress: float = Field(ge=0, le=1)
    trigger: Literal["schedule", "person"]
    started_at: datetime | None
    finished_at: datetime | None
    message: str
    report_id: str | None
