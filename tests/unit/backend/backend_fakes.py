"""Stand-ins for the API's doors, of the same shape, with no world behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shop.api import Doors
from shop.auth.tokens import BadToken, Caller
from shop.billing.changes import Bought, Change
from shop.billing.receipts import Mail, Receipt, mail
from shop.billing.stripe_door import BadSignature, Buyer
from shop.reports.runs import FlowRun
from shop.values import Payment, Plan, Report, ReportSummary, RunProgress, Subscription

HOUSE = Plan(
    id="house",
    name="House",
    description="A pot a day.",
    price_cents=1900,
    currency="eur",
    interval="month",
    features=[],
)
NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)


@dataclass
class FakeStore:
    """Keeps what a webhook writes in lists; a mail is sent once, as the real one promises."""

    known_plans: list[Plan] = field(default_factory=lambda: [HOUSE])
    running: set[tuple[str, str]] = field(default_factory=set)
    kept_reports: dict[str, Report] = field(default_factory=dict)
    progress: dict[str, RunProgress] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unsent: dict[str, Mail] = field(default_factory=dict)
    revision: str = "0001"
    failure: Exception | None = None

    def plans(self) -> list[Plan]:
        self._fail()
        return self.known_plans

    def subscription(self, sub: str) -> Subscription | None:
        return None

    def payments(self, sub: str) -> list[Payment]:
        return []

    def has_running(self, sub: str, plan: str) -> bool:
        return (sub, plan) in self.running

    def reports(self) -> list[ReportSummary]:
        return list(self.kept_reports.values())

    def report(self, report_id: str) -> Report | None:
        return self.kept_reports.get(report_id)

    def run_progress(self, runs: Sequence[str]) -> dict[str, RunProgress]:
        return {run: self.progress[run] for run in runs if run in self.progress}

    def apply(self, event: str, kind: str, change: Change | None) -> bool:
        if event in self.seen:
            return False
        self.seen.append(event)
        if isinstance(change, Bought):
            receipt = Receipt("1001", change.name, "House", change.amount_cents, change.currency, change.at)
            self.unsent[event] = mail(change.payment, str(change.email), receipt)
        self.changes += [change] if change else []
        return True

    def deliver(self, event: str, send: Callable[[Mail], str | None]) -> int:
        if event not in self.unsent:
            return 0
        send(self.unsent[event])
        del self.unsent[event]
        return 1

    def check(self) -> str:
        self._fail()
        return self.revision

    def _fail(self) -> None:
        if self.failure:
            raise self.failure


@dataclass
class FakeTokens:
    """A token is the list of its scopes: "read:account create:checkout"; "bad" is refused."""

    failure: Exception | None = None

    def caller(self, token: str) -> Caller:
        if self.failure:
            raise self.failure
        if token == "bad":
            raise BadToken("it has expired")
        return Caller("auth0|jon", "jon@example.test", "Jón Þórsson", frozenset(token.split("+")))


@dataclass
class FakePayments:
    asked: list[tuple[str, Buyer]] = field(default_factory=list)
    events: dict[bytes, dict[str, Any]] = field(default_factory=dict)

    def checkout(self, plan: Plan, buyer: Buyer) -> str:
        self.asked.append((plan.id, buyer))
        return "http://stripe.test/c/pay/cs_1"

    def event(self, body: bytes, signature: str) -> dict[str, Any]:
        if signature != "good":
            raise BadSignature("no")
        return self.events[body]


@dataclass
class FakeRuns:
    runs: list[FlowRun] = field(default_factory=list)
    failure: Exception | None = None

    def start(self) -> FlowRun:
        self.check()
        self.runs.insert(0, flow_run(len(self.runs), "SCHEDULED"))
        return self.runs[0]

    def recent(self) -> list[FlowRun]:
        self.check()
        return self.runs

    def find(self, run_id: str) -> FlowRun | None:
        return next((run for run in self.runs if run.id == run_id), None)

    def check(self) -> None:
        if self.failure:
            raise self.failure


@dataclass
class World:
    """Every fake, and the real Doors made of them."""

    store: FakeStore = field(default_factory=FakeStore)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    payments: FakePayments = field(default_factory=FakePayments)
    runs: FakeRuns = field(default_factory=FakeRuns)
    mails: list[Mail] = field(default_factory=list)
    mail_failure: Exception | None = None

    def send(self, mail: Mail) -> str | None:
        if self.mail_failure:
            raise self.mail_failure
        self.mails.append(mail)
        return None

    def doors(self, **other: Any) -> Doors:
        real = {
            "release": "r1",
            "app_url": "http://app.test",
            "store": self.store,
            "tokens": self.tokens,
            "payments": self.payments,
            "runs": self.runs,
            "send": self.send,
            "schema_head": lambda: "0001",
            "schema_fits": lambda at: at == "0001",
        }
        return Doors(**(real | other))


def flow_run(number: int, state_type: str, **more: Any) -> FlowRun:
    return FlowRun(id=f"00000000-0000-4000-8000-{number:012d}", name=f"run-{number}", state_type=state_type, **more)


def bearer(*scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {'+'.join(scopes)}"}
