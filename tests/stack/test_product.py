"""The product, whole, over the edge: what a person or another program can ask of it."""

from __future__ import annotations

import time

import httpx
import jwt
import pytest

from stagekit.testing import Mailbox, SignIn, Stage
from tests.support.payments import end_subscriptions

BUYER = "jon@example.test"
STAFF = "eva@example.test"


@pytest.fixture
def api(stage: Stage) -> httpx.Client:
    with stage.http("api") as client:
        yield client


@pytest.mark.safe
def test_plans_are_public(api: httpx.Client) -> None:
    plans = api.get("/plans").json()
    assert [plan["id"] for plan in plans] == ["taster", "house", "cellar"]
    assert [plan["price_cents"] for plan in plans] == [900, 1900, 3900]


@pytest.mark.safe
def test_health_and_readiness_differ(api: httpx.Client) -> None:
    assert api.get("/health").json()["status"] == "alive"
    assert api.get("/ready").json()["checks"] == {"database": "ok", "migrations": "ok", "prefect": "ok"}


def test_seeding_again_changes_nothing_and_says_so(stage: Stage) -> None:
    done = stage.stagekit("seed")
    assert done.returncode == 0 and "there already, nothing to do" in done.stdout, done.stdout + done.stderr
    assert "nothing to do" in stage.stagekit("up").stdout


@pytest.mark.safe
def test_a_person_without_a_token_is_refused(api: httpx.Client) -> None:
    answer = api.get("/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthenticated"


def test_an_account_shows_what_was_seeded(api: httpx.Client, sign_in: SignIn) -> None:
    account = api.get("/me", headers=sign_in("ana@example.test", scope="read:account").headers).json()
    assert account["name"] == "Ana Lindqvist"
    assert account["subscription"]["plan"]["id"] == "house"
    assert account["subscription"]["status"] == "active"
    assert len(account["payments"]) >= 3


def test_each_case_of_the_seed_shows_on_its_account(api: httpx.Client, sign_in: SignIn) -> None:
    for case, status in (("past-due", "past_due"), ("refunded", "cancelled"), ("trialling", "trialling")):
        account = api.get("/me", headers=sign_in(f"{case}@example.test", scope="read:account").headers).json()
        assert account["subscription"]["status"] == status
    receipts = api.get("/me", headers=sign_in("many-receipts@example.test", scope="read:account").headers).json()
    assert len(receipts["payments"]) == 54


def test_every_test_user_can_sign_in(stage: Stage, sign_in: SignIn, api: httpx.Client) -> None:
    assert len(stage.users) == 60
    for email in stage.users:
        answer = api.get("/me", headers=sign_in(email, scope="read:account").headers)
        assert answer.status_code == 200, (email, answer.text)
        assert answer.json()["email"] == email


def test_a_scope_that_was_not_granted_is_refused(api: httpx.Client, sign_in: SignIn) -> None:
    customer = sign_in(BUYER, scope="read:account read:reports")
    assert "read:reports" not in customer.scopes
    assert api.get("/reports", headers=customer.headers).status_code == 403


def test_tokens_of_the_sign_in_have_auth0s_shape(stage: Stage, sign_in: SignIn) -> None:
    token = sign_in(STAFF, scope="read:account read:reports run:reports").access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    issuer = stage.urls["auth"] + "/"
    assert claims["iss"] == issuer
    assert claims["sub"] == "auth0|eva"
    assert claims["aud"] == [stage.people.audience, f"{issuer}userinfo"]
    assert set(claims["permissions"]) >= {"read:reports", "run:reports"}
    assert "staff" in claims["https://shop.example/roles"]


@pytest.mark.parametrize("forged", ["alg-none", "foreign-issuer", "expired", "garbage"])
def test_a_forged_token_is_refused(api: httpx.Client, sign_in: SignIn, forged: str) -> None:
    genuine = sign_in(BUYER, scope="read:account").access_token
    claims = jwt.decode(genuine, options={"verify_signature": False})
    key = "k" * 64
    tokens = {
        "alg-none": jwt.encode(claims, key=None, algorithm="none"),
        "foreign-issuer": jwt.encode(claims | {"iss": "https://elsewhere.example/"}, key, algorithm="HS256"),
        "expired": jwt.encode(claims | {"exp": 1}, key, algorithm="HS256"),
        "garbage": "not.a.token",
    }
    answer = api.get("/me", headers={"Authorization": f"Bearer {tokens[forged]}"})
    assert answer.status_code == 401


def test_a_payment_makes_a_subscription_and_sends_a_receipt(
    api: httpx.Client, stage: Stage, sign_in: SignIn, mailbox: Mailbox
) -> None:
    end_subscriptions(stage, sign_in, BUYER)
    headers = sign_in(BUYER, scope="read:account create:checkout").headers
    url = api.post("/checkout", json={"plan": "cellar"}, headers=headers).json()["url"]
    paid = pay(url, "4242424242424242")
    assert paid.status_code == 303, paid.text
    account = wait_for(lambda: api.get("/me", headers=headers).json(), subscribed)
    assert account["subscription"]["plan"]["id"] == "cellar"
    message = mailbox.wait_for(BUYER, "receipt")
    assert "39.00" in message.text
    assert api.post("/checkout", json={"plan": "cellar"}, headers=headers).status_code == 409


def test_a_declined_card_pays_nothing(api: httpx.Client, sign_in: SignIn) -> None:
    headers = sign_in("dan@example.test", scope="read:account create:checkout").headers
    before = api.get("/me", headers=headers).json()["subscription"]
    url = api.post("/checkout", json={"plan": "house"}, headers=headers).json()["url"]
    declined = pay(url, "4000000000000002")
    assert declined.status_code in (200, 402)
    assert "declined" in declined.text
    assert api.get("/me", headers=headers).json()["subscription"] == before


def test_a_seeded_subscription_can_be_cancelled_at_stripe(api: httpx.Client, stage: Stage, sign_in: SignIn) -> None:
    reset = stage.stagekit("reset")  # an earlier run of these tests has cancelled it
    assert reset.returncode == 0, reset.stdout + reset.stderr
    headers = sign_in("kira@example.test", scope="read:account").headers
    with stage.http("stripe") as stripe:
        gone = stripe.delete("/v1/subscriptions/sub_seed_kira", headers={"Authorization": "Bearer sk_test_local"})
    assert gone.status_code == 200, gone.text
    told = wait_for(
        lambda: api.get("/me", headers=headers).json(), lambda account: account["subscription"]["status"] == "cancelled"
    )
    assert told["subscription"]["plan"]["id"] == "house"


def test_seeded_runs_of_the_report_are_in_prefect_with_their_times(api: httpx.Client, sign_in: SignIn) -> None:
    headers = sign_in(STAFF, scope="read:reports run:reports").headers
    runs = api.get("/reports/runs", headers=headers).json()
    seeded = [run for run in runs if run["name"].startswith("seed-")]
    assert len(seeded) == 4
    for run in seeded:
        assert (run["state"], run["started_at"][:10]) == ("completed", run["name"].removeprefix("seed-"))
        report = api.get(f"/reports/{run['report_id']}", headers=headers).json()
        assert report["created_at"] == run["started_at"]


def test_staff_run_the_report_and_read_it(api: httpx.Client, sign_in: SignIn) -> None:
    headers = sign_in(STAFF, scope="read:reports run:reports").headers
    run = api.post("/reports/runs", headers=headers)
    assert run.status_code == 202
    address = f"/reports/runs/{run.json()['id']}"
    done = wait_for(
        lambda: api.get(address, headers=headers).json(),
        lambda r: r["state"] in ("completed", "failed"),
        seconds=60,
    )
    assert done["state"] == "completed", done
    report = api.get(f"/reports/{done['report_id']}", headers=headers).json()
    assert len(report["by_month"]) == 12
    assert report["revenue_cents"] > 0


@pytest.mark.parametrize(
    "plan", ["' OR 1=1; --", "<script>alert(1)</script>", "чай \U0001f375", "a\x00b", "x" * 100_000]
)
def test_hostile_text_is_an_answer_not_an_accident(api: httpx.Client, sign_in: SignIn, plan: str) -> None:
    headers = sign_in(BUYER, scope="create:checkout").headers
    answer = api.post("/checkout", json={"plan": plan}, headers=headers)
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert len(api.get("/plans").json()) == 3


def test_a_hostile_name_on_the_card_is_shown_as_text(api: httpx.Client, stage: Stage, sign_in: SignIn) -> None:
    headers = sign_in("leo@example.test", scope="create:checkout").headers
    url = api.post("/checkout", json={"plan": "house"}, headers=headers).json()["url"]
    shown = pay(url, "4000000000000002", name="<img src=x onerror=alert(1)> Ünï '; --")
    assert "<img src=x" not in shown.text
    assert "&lt;img src=x" in shown.text


@pytest.mark.parametrize("body", [b"{}", b"x" * 10_000_000])
def test_an_unsigned_webhook_is_refused(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/webhooks/stripe", content=body, headers={"Stripe-Signature": "t=1,v1=00"})
    assert answer.status_code in (400, 413)


@pytest.mark.safe
def test_the_band_knows_stage_and_release(stage: Stage) -> None:
    for name in ("app", "auth", "mail", "stripe"):
        with stage.http(name) as http:
            told = http.get("/stage.json").json()
        assert told == {"stage": stage.name, "release": told["release"]}
        assert told["release"]


def test_an_unknown_name_is_told_which_names_there_are(stage: Stage) -> None:
    with stage.http("app") as http:
        answer = http.get("/", headers={"Host": stage.urls["app"].removeprefix("http://").replace("app", "nowhere", 1)})
    assert answer.status_code == 404
    assert "app, api, auth" in answer.text


def subscribed(account: dict[str, dict[str, object] | None]) -> bool:
    return account["subscription"] is not None and account["subscription"]["status"] == "active"


def pay(url: str, card: str, *, name: str = "Test Person") -> httpx.Response:
    """Fills the checkout page's form as a browser would, without following the way back."""
    from stagekit.doors.http import client

    with client() as http:
        form = {"number": card, "expiry": "12/34", "cvc": "123", "name": name}
        return http.post(url, data=form)


def wait_for(ask, good, *, seconds: float = 20.0):  # type: ignore[no-untyped-def]
    """Asks until the answer is good; AssertionError with the last answer otherwise."""
    deadline = time.monotonic() + seconds
    while not good(answer := ask()):
        assert time.monotonic() < deadline, f"still {answer} after {seconds} s"
        time.sleep(0.1)
    return answer
