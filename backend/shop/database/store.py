"""What the API asks of the database: the seam that tests fill with a fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from shop.billing.changes import Change
from shop.billing.receipts import Mail
from shop.values import Payment, Plan, Report, ReportSummary, RunProgress, Subscription


class Store(Protocol):
    def plans(self) -> list[Plan]: ...

    def subscription(self, sub: str) -> Subscription | None:
        """The subscription that counts: running before past due before cancelled, then the newest."""

    def payments(self, sub: str) -> list[Payment]:
        """Newest first."""

    def has_running(self, sub: str, plan: str) -> bool:
        """Whether the person has an active or trialling subscription to this plan."""

    def reports(self) -> list[ReportSummary]:
        """Newest first."""

    def report(self, report_id: str) -> Report | None: ...

    def run_progress(self, runs: Sequence[str]) -> dict[str, RunProgress]:
        """By flow run id; a run that has not begun is absent."""

    def apply(self, event: str, kind: str, change: Change | None) -> bool:
        """Record the Stripe event and make its change in one transaction; False: seen before, nothing changed."""

    def deliver(self, event: str, send: Callable[[Mail], str | None]) -> int:
        """Send the event's unsent mails, each at most once recorded. `send` gives a refusal's words, or None.

        What `send` raises leaves the mail unsent for the next delivery. Returns how many were sent.
        """

    def check(self) -> str:
        """The schema's revision. Raises SQLAlchemyError when the database does not answer."""
