from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from stagekit.compose.block import Payments
from stagekit.doctor.finding import Finding
from stagekit.doors.stripe import Endpoint, StripeFailed
from stagekit.outside.payments import (
    endpoint_findings,
    key_findings,
    may_make,
    reach_finding,
    stand_in_findings,
)
from stagekit.outside.sign_in import sign_in_findings
from stagekit.secret import Secret
from stagekit.secrets import Version

ISSUER = "https://shop-test.eu.auth0.example/"
URL = "https://api.staging.example/webhooks/stripe"
PAYMENTS = Payments.model_validate(
    {
        "key": "stripe-secret-key",
        "webhook": {"path": "/webhooks/stripe", "secret": "hook", "events": ["invoice.paid", "invoice.payment_failed"]},
    }
)
GIVEN = Version(number=1, fingerprint="aa", at="2026-11-24T07:00:00Z", by="ana", made="given")


def signing_in(pages: Mapping[str, object], *, own: bool = False) -> list[Finding]:
    """What is found of an issuer that has these pages."""

    def ask(url: str) -> tuple[int, str]:
        return (200, json.dumps(pages[url])) if url in pages else (404, "nothing here")

    return [*sign_in_findings(ISSUER, ask, own=own, app="https://app.staging.example", callback="/callback")]


def tenant(**told: str) -> dict[str, object]:
    document = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}jwks.json"} | told
    return {f"{ISSUER}.well-known/openid-configuration": document, f"{ISSUER}jwks.json": {"keys": [{"kid": "1"}]}}


def levels(findings: list[Finding]) -> dict[str, str]:
    return {finding.id: finding.level for finding in findings}


def test_a_tenant_that_answers_is_told_with_what_has_to_be_registered_there() -> None:
    found = signing_in(tenant())
    assert levels(found) == {"sign-in": "ok", "sign-in-keys": "ok", "callbacks": "info"}
    assert "callback https://app.staging.example/callback" in found[-1].what
    assert "web origin https://app.staging.example" in found[-1].what


def test_the_stand_in_knows_the_stages_addresses_already() -> None:
    assert levels(signing_in(tenant(), own=True)) == {"sign-in": "ok", "sign-in-keys": "ok"}


def test_an_issuer_that_does_not_answer_is_told_with_the_setting() -> None:
    found = signing_in({})
    assert levels(found) == {"sign-in": "fail"} and "AUTH_ISSUER" in found[0].fix


def test_tokens_of_another_issuer_would_be_refused() -> None:
    other = "https://shop-test.eu.auth0.example"  # no slash at its end
    found = signing_in(tenant(issuer=other))
    assert levels(found) == {"sign-in": "fail"} and found[0].fix == f"AUTH_ISSUER={other}"


@pytest.mark.parametrize("keys", [{"keys": []}, {}, []])
def test_keys_that_are_not_there_are_told(keys: object) -> None:
    assert levels(signing_in({**tenant(), f"{ISSUER}jwks.json": keys}))["sign-in-keys"] == "fail"


@dataclass
class Account:
    """A Stripe account with these endpoints."""

    found: list[Endpoint] = field(default_factory=list)
    failure: str = ""

    def endpoints(self) -> list[Endpoint]:
        if self.failure:
            raise StripeFailed(self.failure)
        return self.found


def endpoint(*events: str, url: str = URL, enabled: bool = True) -> Endpoint:
    return Endpoint("we_1", url, events or ("*",), enabled)


def asked(account: Account, secret: Version | None = GIVEN) -> list[Finding]:
    return [*endpoint_findings(PAYMENTS, URL, account, secret)]


def test_the_stand_in_needs_no_account() -> None:
    stand_in = PAYMENTS.model_copy(update={"url": "http://stripe:8080"})
    assert [finding.level for finding in stand_in_findings(stand_in)] == ["ok"]


@pytest.mark.parametrize(
    ("key", "level"),
    [("sk_test_1", "ok"), ("rk_test_1", "ok"), ("sk_live_1", "fail"), ("pk_test_1", "fail"), (None, "fail")],
)
def test_only_a_test_key_is_asked_with_and_none_is_shown(key: str | None, level: str) -> None:
    (found,) = key_findings(Secret(key) if key else None, "stripe-secret-key")
    assert found.level == level and (key or "none at all") not in found.what


def test_an_endpoint_that_tells_the_stage_everything_is_well() -> None:
    for events in ((), ("invoice.paid", "invoice.payment_failed", "more")):
        assert levels(asked(Account([endpoint(*events)]))) == {"payments-account": "ok", "webhook": "ok"}


def test_an_endpoint_that_is_not_there_may_be_made() -> None:
    found = asked(Account([endpoint(url="https://api.other.example/webhooks/stripe")]))
    assert found[-1].level == "fail" and "--make" in found[-1].fix
    assert may_make(found)


@pytest.mark.parametrize(
    ("account", "secret", "said"),
    [
        (Account([endpoint(enabled=False)]), GIVEN, "is disabled"),
        (Account([endpoint("invoice.paid")]), GIVEN, "is not told of invoice.payment_failed"),
        (Account([endpoint()]), None, "does not have the secret"),
        (Account([endpoint()]), GIVEN.model_copy(update={"made": "generated"}), "does not have the secret"),
        (Account(failure="it does not know the key"), GIVEN, "it does not know the key"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_told_and_nothing_is_made(
    account: Account, secret: Version | None, said: str
) -> None:
    found = asked(account, secret)
    assert found[-1].level == "fail" and said in found[-1].what and found[-1].fix
    assert not may_make(found)


@pytest.mark.parametrize(
    ("status", "public", "level", "said"),
    [
        (400, True, "ok", "refuses what is not signed"),
        (400, False, "fail", "Stripe cannot reach it"),
        (404, True, "fail", "it answered 404"),
        (200, True, "fail", "it answered 200"),
        (0, True, "fail", "refused to connect"),
    ],
)
def test_an_event_reaches_the_product_where_it_refuses_one_that_is_not_signed(
    status: int, public: bool, level: str, said: str
) -> None:
    found = reach_finding(URL, status, "refused to connect", public=public)
    assert found.level == level and said in found.what
