"""Whether payments can be tried: a test key, an endpoint at Stripe that tells this stage, and its secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from stagekit.compose.block import Payments
from stagekit.doctor.finding import Finding
from stagekit.doors.stripe import Endpoint, StripeFailed
from stagekit.secret import Secret
from stagekit.secrets import Version

MISSING = "webhook-missing"
TEST = ("sk_test_", "rk_test_")


class Account(Protocol):
    """What is asked of an account."""

    def endpoints(self) -> list[Endpoint]: ...


def stand_in_findings(payments: Payments) -> Iterator[Finding]:
    """Where the stage has the stand-in: nothing leaves it."""
    yield Finding("payments", "ok", f"the stand-in at {payments.url} takes payments; no account is asked")


def key_findings(key: Secret | None, name: str) -> Iterator[Finding]:
    """What is found of a key, before anything is asked with it."""
    fix = f"stagekit secrets set {name}, with a key of a test account (sk_test_…)"
    if key is None:
        yield Finding("payments-key", "fail", f"the stage has no {name} yet", fix=fix)
    elif not key.reveal().startswith(TEST):
        yield Finding("payments-key", "fail", f"{name} is no test key", fix=fix)
    else:
        yield Finding("payments-key", "ok", f"{name} is a test key")


def endpoint_findings(payments: Payments, url: str, account: Account, secret: Version | None) -> Iterator[Finding]:
    """What is found of the endpoint at Stripe that shall tell this stage.

    url     the address that is told
    secret  the version of the webhook's secret that the stage has
    """
    try:
        found = next((one for one in account.endpoints() if one.url == url), None)
    except StripeFailed as failed:
        yield Finding(
            "payments-account",
            "fail",
            f"Stripe does not answer for this key: {failed.text}",
            fix="look at the key in its dashboard",
        )
        return
    yield Finding("payments-account", "ok", "Stripe takes the key")
    if found is None:
        yield Finding(MISSING, "fail", f"no endpoint at Stripe tells {url}", fix="stagekit services check --make")
        return
    lacks = [event for event in payments.webhook.events if event not in found.events and "*" not in found.events]
    if not found.enabled:
        yield Finding(
            "webhook", "fail", f"the endpoint {found.id} is disabled at Stripe", fix="enable it in its dashboard"
        )
    elif lacks:
        yield Finding(
            "webhook",
            "fail",
            f"the endpoint {found.id} is not told of {', '.join(lacks)}",
            fix="add them in its dashboard",
        )
    elif secret is None or secret.made == "generated":
        yield Finding(
            "webhook",
            "fail",
            f"the stage does not have the secret of the endpoint {found.id}, which Stripe tells once",
            fix="delete the endpoint in its dashboard, then stagekit services check --make; or "
            f"stagekit secrets set {payments.webhook.secret}",
        )
    else:
        yield Finding("webhook", "ok", f"the endpoint {found.id} tells {url}")


def may_make(findings: list[Finding]) -> bool:
    """Whether an endpoint is all that is missing."""
    return [finding.id for finding in findings if finding.level == "fail"] == [MISSING]


def reach_finding(url: str, status: int, said: str, *, public: bool) -> Finding:
    """Whether events reach the product: one that is not signed is refused by it, and that is an answer.

    status  what a POST of an unsigned event got; 0 where there was no answer
    public  whether Stripe itself can reach the address
    """
    if status == 400:
        if public:
            return Finding("webhook-reached", "ok", f"{url} answers, and refuses what is not signed")
        return Finding(
            "webhook-reached",
            "fail",
            f"{url} is an address of this machine only; Stripe cannot reach it",
            fix="stripe listen (docs/test-accounts.md), or a stage with a domain of its own",
        )
    said = f"it answered {status}" if status else said
    return Finding(
        "webhook-reached", "fail", f"an event does not reach the product at {url}: {said}", fix="stagekit logs backend"
    )
