from __future__ import annotations

import pytest
from backend_fakes import HOUSE, NOON, World, bearer, flow_run
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError, ProgrammingError

from shop.api import create_app
from shop.auth.keys import IssuerUnreachable
from shop.billing.stripe_door import Buyer
from shop.reports.runs import RunsUnavailable
from shop.values import Report, RunProgress

REPORT = Report(
    id="rep_1",
    created_at=NOON,
    period_start=NOON.date(),
    period_end=NOON.date(),
    revenue_cents=1,
    new_subscribers=2,
    currency="eur",
    active_subscribers=3,
    cancelled=0,
    by_plan=[],
    by_month=[],
)
GUARDED = [
    ("GET", "/me", "read:account"),
    ("POST", "/checkout", "create:checkout"),
    ("GET", "/reports", "read:reports"),
    ("GET", "/reports/rep_1", "read:reports"),
    ("POST", "/reports/runs", "run:reports"),
    ("GET", "/reports/runs", "run:reports"),
    ("GET", "/reports/runs/00000000-0000-4000-8000-000000000000", "run:reports"),
]
DOWN = OperationalError("SELECT secret", {}, Exception("connection refused"))


def test_plans_are_open_to_all(client: TestClient) -> None:
    assert client.get("/plans").json() == [HOUSE.model_dump()]


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_guarded_route_refuses_a_stranger(client: TestClient, method: str, path: str, scope: str) -> None:
    answer = client.request(method, path, json={"plan": "house"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_guarded_route_refuses_a_bad_token(client: TestClient, method: str, path: str, scope: str) -> None:
    answer = client.request(method, path, json={"plan": "house"}, headers=bearer("bad"))
    assert answer.status_code == 401
    assert "it has expired" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_guarded_route_names_the_missing_right(client: TestClient, method: str, path: str, scope: str) -> None:
    answer = client.request(method, path, json={"plan": "house"}, headers=bearer("openid"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing-scope")
    assert scope in answer.json()["error"]["message"]


def test_me_without_a_subscription(client: TestClient) -> None:
    answer = client.get("/me", headers=bearer("read:account"))
    assert answer.json() == {
        "sub": "auth0|jon",
        "email": "jon@example.test",
        "name": "Jón Þórsson",
        "subscription": None,
        "payments": [],
    }


def test_checkout_gives_an_address(client: TestClient, world: World) -> None:
    answer = client.post("/checkout", json={"plan": "house"}, headers=bearer("create:checkout"))
    assert (answer.status_code, answer.json()) == (201, {"url": "http://stripe.test/c/pay/cs_1"})
    assert world.payments.asked == [("house", Buyer("auth0|jon", "jon@example.test"))]


def test_checkout_of_what_one_has_is_refused(client: TestClient, world: World) -> None:
    world.store.running.add(("auth0|jon", "house"))
    answer = client.post("/checkout", json={"plan": "house"}, headers=bearer("create:checkout"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already-subscribed")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"plan": "'; DROP TABLE plans; --"}, 404),
        ({"plan": "<script>"}, 404),
        ({"plan": ""}, 422),
        ({"plan": "x" * 65}, 422),
        ({"plan": 3}, 422),
        ({}, 422),
    ],
)
def test_checkout_of_nothing_sold_is_refused(client: TestClient, body: dict[str, object], status: int) -> None:
    answer = client.post("/checkout", json=body, headers=bearer("create:checkout"))
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "request_id"}


def test_reports_are_listed_short_and_shown_in_full(client: TestClient, world: World) -> None:
    world.store.kept_reports["rep_1"] = REPORT
    short = client.get("/reports", headers=bearer("read:reports")).json()[0]
    full = client.get("/reports/rep_1", headers=bearer("read:reports")).json()
    assert set(short) == {"id", "created_at", "period_start", "period_end", "revenue_cents", "new_subscribers"}
    assert set(full) - set(short) == {"currency", "active_subscribers", "cancelled", "by_plan", "by_month"}
    assert full["created_at"] == "2026-05-14T12:00:00Z"


@pytest.mark.parametrize("report", ["none", "%00", "a'b"])
def test_report_that_is_not_there(client: TestClient, report: str) -> None:
    answer = client.get(f"/reports/{report}", headers=bearer("read:reports"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-such-report")


def test_run_is_started_and_followed(client: TestClient, world: World) -> None:
    begun = client.post("/reports/runs", headers=bearer("run:reports"))
    run = begun.json()["id"]
    assert (begun.status_code, begun.json()["state"], begun.json()["trigger"]) == (202, "scheduled", "person")
    world.runs.runs = [flow_run(0, "RUNNING")]
    world.store.progress[run] = RunProgress(done=3, total=15, message="3 of 15: revenue of 2026-03")
    told = client.get(f"/reports/runs/{run}", headers=bearer("run:reports")).json()
    assert (told["state"], told["progress"], told["message"]) == ("running", 0.2, "3 of 15: revenue of 2026-03")
    assert client.get("/reports/runs", headers=bearer("run:reports")).json() == [told]


def test_run_that_is_not_there(client: TestClient) -> None:
    missing = client.get(f"/reports/runs/{flow_run(7, 'RUNNING').id}", headers=bearer("run:reports"))
    nonsense = client.get("/reports/runs/../../x", headers=bearer("run:reports"))
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "no-such-run")
    assert nonsense.status_code == 404
    assert client.get("/reports/runs/zzz", headers=bearer("run:reports")).status_code == 422


def test_service_that_is_down_is_a_503_that_says_which(client: TestClient, world: World) -> None:
    world.runs.failure = RunsUnavailable("Prefect: connection refused")
    runs = client.get("/reports/runs", headers=bearer("run:reports"))
    assert (runs.status_code, runs.json()["error"]["code"]) == (503, "reports-unavailable")
    world.store.failure = DOWN
    plans = client.get("/plans")
    assert (plans.status_code, plans.json()["error"]["code"]) == (503, "database-unavailable")
    assert "secret" not in plans.text
    world.tokens.failure = IssuerUnreachable("down")
    assert client.get("/me", headers=bearer("x")).json()["error"]["code"] == "sign-in-unavailable"


def test_unexpected_error_is_a_500_of_the_usual_shape_without_its_reason(client: TestClient, world: World) -> None:
    world.store.failure = RuntimeError("password=hunter2")
    answer = client.get("/plans", headers={"Origin": "http://app.test"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "hunter2" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "http://app.test"
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]


def test_request_id_is_kept_or_made(client: TestClient) -> None:
    assert client.get("/plans", headers={"X-Request-Id": "edge-17"}).headers["x-request-id"] == "edge-17"
    for bad in ("", "a b", "x" * 65, "a{b}"):
        made = client.get("/plans", headers={"X-Request-Id": bad}).headers["x-request-id"]
        assert made != bad
        assert len(made) == 32


def test_unknown_path_and_method_have_the_usual_shape(client: TestClient) -> None:
    assert client.get("/nothing").json()["error"]["code"] == "not-found"
    assert client.delete("/plans").json()["error"]["code"] == "method-not-allowed"


def test_only_the_shop_may_call_from_a_browser(client: TestClient) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    shop = client.options("/checkout", headers={"Origin": "http://app.test"} | asks)
    other = client.options("/checkout", headers={"Origin": "http://evil.test"} | asks)
    assert shop.headers["access-control-allow-origin"] == "http://app.test"
    assert "access-control-allow-origin" not in other.headers


def test_alive_asks_nobody_and_ready_asks_all(client: TestClient, world: World) -> None:
    assert client.get("/ready").json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "prefect": "ok"},
    }
    world.store.failure, world.runs.failure = DOWN, RunsUnavailable("Prefect: connection refused")
    assert client.get("/health").json() == {"status": "alive", "release": "r1"}
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {
            "database": "connection refused",
            "migrations": "unknown",
            "prefect": "Prefect: connection refused",
        },
    }


def test_ready_waits_for_the_migrations_of_this_code(world: World) -> None:
    client = TestClient(create_app(world.doors(schema_head=lambda: "0002", schema_fits=lambda at: False)))
    assert client.get("/ready").json()["checks"]["migrations"] == "at 0001; this code needs 0002: run migrate"
    world.store.failure = ProgrammingError("SELECT", {}, Exception('relation "alembic_version" does not exist'))
    assert client.get("/ready").json()["checks"]["migrations"] == "none; this code needs 0002: run migrate"


def test_every_route_is_documented_with_its_errors(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [each for methods in paths.values() for each in methods.values()]
    assert all(each["summary"] for each in operations)
    for method, path, _ in GUARDED:
        name = path.replace("rep_1", "{report_id}").replace("00000000-0000-4000-8000-000000000000", "{run_id}")
        assert {"401", "403"} <= set(paths[name][method.lower()]["responses"])


def test_page_of_the_api_shows_every_route_and_asks_no_other_site(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert all(f"{method} {path}" in page.text for method, path, _ in GUARDED[:3])
    assert "What Stripe tells us" in page.text
    assert "http://" not in page.text
    assert "<script" not in page.text
