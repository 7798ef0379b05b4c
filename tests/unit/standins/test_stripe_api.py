"""The web application with stripe-mock answered by a transport of the test's own."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from starlette.testclient import TestClient
from stripe_network import Clock, Network

from stripe_standin import settings

CARD = {"email": "ana@example.test", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ana"}


def post(api: TestClient, path: str, form: dict[str, object], **headers: str) -> httpx.Response:
    return api.post(
        path, content=urlencode(form), headers={"content-type": "application/x-www-form-urlencoded", **headers}
    )


def checkout(api: TestClient, **more: object) -> dict[str, object]:
    form = {
        "mode": "payment",
        "success_url": "http://app.test/ok?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://app.test/no",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1900",
        "line_items[0][price_data][product_data][name]": "House",
        "line_items[0][quantity]": "1",
        **more,
    }
    answer = post(api, "/v1/checkout/sessions", form)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_call_that_is_not_kept_passes_through_unchanged(api: TestClient, network: Network) -> None:
    answer = api.put("/v1/radar/%C3%BC%2F?a=1&a=2&b[]=x", content=b"raw\x00body", headers={"x-own": "yes"})
    sent = network.calls[-1]
    assert (sent.method, sent.url.raw_path, sent.read()) == (
        "PUT",
        b"/v1/radar/%C3%BC%2F?a=1&a=2&b[]=x",
        b"raw\x00body",
    )
    assert (sent.headers["x-own"], sent.headers["authorization"]) == ("yes", "Bearer sk_test_123")
    assert (answer.json()["relayed"], answer.headers["stripe-mock-version"]) == (
        "/v1/radar/ü/",
        "0.197.0",
    )


@pytest.mark.parametrize("key", ["", "Bearer nonsense", "Bearer pk_test_1", "Basic !!!", "Bearer sk_test_"])
def test_a_call_without_a_test_key_is_refused_in_stripes_shape(api: TestClient, network: Network, key: str) -> None:
    answer = api.get("/v1/customers", headers={"authorization": key})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")
    assert network.calls == []


@pytest.mark.parametrize("key", ["sk_live_Secret123", "rk_live_Secret123"])
def test_a_live_key_is_refused_and_not_repeated(api: TestClient, key: str) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    for header in (f"Bearer {key}", f"Basic {basic}"):
        answer = api.get("/v1/balance", headers={"authorization": header})
        assert answer.status_code == 401
        assert "Secret123" not in answer.text + str(answer.headers)


def test_a_key_as_the_user_of_basic_is_taken(api: TestClient) -> None:
    basic = base64.b64encode(b"rk_test_1:").decode()
    assert api.get("/v1/customers", headers={"authorization": f"Basic {basic}"}).status_code == 200


def test_what_is_created_is_found_listed_changed_and_deleted(api: TestClient) -> None:
    made = post(api, "/v1/customers", {"email": "a@b.c", "name": "Jón <b>", "metadata[k]": "v"}).json()
    path = f"/v1/customers/{made['id']}"
    assert (made["name"], made["metadata"], made["livemode"]) == ("Jón <b>", {"k": "v"}, False)
    assert post(api, path, {"metadata[k]": "", "metadata[n]": "1"}).json()["metadata"] == {"n": "1"}
    assert [one["id"] for one in api.get("/v1/customers?email=a@b.c").json()["data"]] == [made["id"]]
    assert api.get("/v1/customers?email=other").json()["data"] == []
    assert api.get("/v1/customers/search", params={"query": "email:'a@b.c' AND metadata['n']:'1'"}).json()["data"]
    assert api.delete(path).json() == {"id": made["id"], "object": "customer", "deleted": True}
    assert api.get(path).json()["deleted"] is True
    assert api.get("/v1/customers").json()["data"] == []


def test_an_unknown_id_is_a_404_in_stripes_shape(api: TestClient) -> None:
    answer = api.get("/v1/customers/cus_none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


def test_lists_page_by_cursor_newest_first(api: TestClient) -> None:
    ids = [post(api, "/v1/products", {"name": f"p{n}"}).json()["id"] for n in range(5)]
    first = api.get("/v1/products?limit=2").json()
    assert ([one["id"] for one in first["data"]], first["has_more"]) == ([ids[4], ids[3]], True)
    rest = api.get(f"/v1/products?limit=3&starting_after={ids[3]}").json()
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == ([ids[2], ids[1], ids[0]], False)
    newer = api.get(f"/v1/products?limit=2&ending_before={ids[0]}").json()
    assert ([one["id"] for one in newer["data"]], newer["has_more"]) == ([ids[2], ids[1]], True)


def test_prices_are_found_by_lookup_key(api: TestClient) -> None:
    product = post(api, "/v1/products", {"name": "House"}).json()["id"]
    form = {"product": product, "currency": "EUR", "unit_amount": "1900", "recurring[interval]": "month"}
    made = post(api, "/v1/prices", {**form, "lookup_key": "house"}).json()
    post(api, "/v1/prices", {**form, "lookup_key": "cellar"})
    found = api.get("/v1/prices?lookup_keys[0]=house&expand[]=data.product").json()["data"]
    assert [one["id"] for one in found] == [made["id"]]
    assert (found[0]["product"]["name"], found[0]["unit_amount"], found[0]["currency"]) == ("House", 1900, "eur")
    assert found[0]["recurring"] == {"interval": "month", "interval_count": 1, "meter": None, "usage_type": "licensed"}


def test_an_idempotency_key_creates_once_and_refuses_other_parameters(api: TestClient) -> None:
    first = post(api, "/v1/customers", {"name": "a"}, **{"idempotency-key": "k"})
    again = post(api, "/v1/customers", {"name": "a"}, **{"idempotency-key": "k"})
    assert (first.json()["id"], again.headers["idempotent-replayed"]) == (again.json()["id"], "true")
    other = post(api, "/v1/customers", {"name": "b"}, **{"idempotency-key": "k"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(api.get("/v1/customers").json()["data"]) == 1


def test_expanding_what_cannot_be_expanded_changes_nothing(api: TestClient) -> None:
    answer = post(api, "/v1/customers", {"name": "a", "expand[]": "nonsense"})
    assert answer.status_code == 400
    assert api.get("/v1/customers").json()["data"] == []


def test_our_own_fields_never_leave_the_api(api: TestClient) -> None:
    made = checkout(api, **{"expand[]": "line_items", "metadata[_kept]": "yes"})
    assert made["line_items"]["data"][0]["price"]["unit_amount"] == 1900  # type: ignore[index]
    assert made["metadata"] == {"_kept": "yes"}
    assert not [name for name in made if name.startswith("_")]


def test_the_page_shows_the_order_and_the_stage(api: TestClient) -> None:
    page = api.get(f"/c/pay/{checkout(api)['id']}", headers={"x-stagekit-release": "a1b2c3"}).text
    assert "Pay €19.00" in page and "House" in page and "http://app.test/no" in page
    assert "staging copy · local · release a1b2c3" in page


def test_paying_goes_to_the_shop_and_a_second_submit_charges_nothing(api: TestClient) -> None:
    made = checkout(api)
    answers = [api.post(f"/c/pay/{made['id']}", data=CARD) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [
        (303, f"http://app.test/ok?s={made['id']}")
    ] * 2
    assert len(api.get("/v1/charges").json()["data"]) == 1
    assert "This order is paid" in api.get(f"/c/pay/{made['id']}").text


def test_a_declined_card_stays_on_the_page_and_says_so(api: TestClient) -> None:
    made = checkout(api)
    answer = api.post(f"/c/pay/{made['id']}", data=CARD | {"number": "4000 0000 0000 0002"})
    assert answer.status_code == 402
    assert "Your card was declined" in answer.text and 'value="ana@example.test"' in answer.text
    assert api.get(f"/v1/checkout/sessions/{made['id']}").json()["status"] == "open"


def test_what_was_typed_comes_back_as_text_not_as_markup(api: TestClient) -> None:
    made = checkout(api, **{"line_items[0][price_data][product_data][name]": "<script>x</script>"})
    answer = api.post(f"/c/pay/{made['id']}", data=CARD | {"name": '"><script>alert(1)</script>', "email": "'\"@<b>"})
    page = answer.text + api.get("/").text
    assert "<script" not in page and "&lt;script&gt;" in page


def test_wrong_fields_are_all_named_and_nothing_is_charged(api: TestClient) -> None:
    answer = api.post(f"/c/pay/{checkout(api)['id']}", data={"number": "4111"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 5
    assert api.get("/v1/charges").json()["data"] == []


def test_a_session_expires_after_its_day_and_cannot_be_paid(api: TestClient, clock: Clock) -> None:
    made = checkout(api)
    clock.now += 86401
    assert api.post(f"/c/pay/{made['id']}", data=CARD).status_code == 410
    assert "This checkout has expired" in api.get(f"/c/pay/{made['id']}").text
    assert api.get(f"/v1/checkout/sessions/{made['id']}").json()["status"] == "expired"
    assert [one["type"] for one in api.get("/v1/events").json()["data"]] == ["checkout.session.expired"]


def test_an_unknown_checkout_is_a_page_that_says_what_to_do(api: TestClient) -> None:
    answer = api.get("/c/pay/cs_test_none")
    assert answer.status_code == 404
    assert "Start the checkout again" in answer.text


def test_health_does_not_wait_for_stripe_mock(api: TestClient, network: Network) -> None:
    network.mock_down = True
    answer = api.get("/health")
    assert (answer.status_code, answer.json()["stripe_mock"]["reachable"]) == (200, False)
    network.mock_down = False
    assert api.get("/health").json()["stripe_mock"] == {"reachable": True, "version": "0.197.0"}


def test_without_stripe_mock_a_call_fails_as_stripe_would_and_nothing_is_kept(
    api: TestClient, network: Network
) -> None:
    network.mock_down = True
    answer = post(api, "/v1/customers", {"name": "a"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "api_error")
    network.mock_down = False
    assert api.get("/v1/customers").json()["data"] == []


def test_a_body_without_end_is_refused(api: TestClient) -> None:
    assert api.post("/v1/customers", content=b"a" * 2_000_001).status_code == 413


def test_settings_name_every_problem_at_once(tmp_path: Path) -> None:
    env = {
        "PUBLIC_URL": "stripe",
        "WEBHOOK_URL": "http://api/",
        "WEBHOOK_SECRET_FILE": str(tmp_path / "none"),
        "PORT": "x",
    }
    with pytest.raises(settings.SettingsError) as caught:
        settings.read(env)
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "PUBLIC_URL",
        "UPSTREAM_URL",
        "PORT",
        "WEBHOOK_SECRET_FILE",
    ]


def test_a_secret_may_come_from_a_file_and_never_prints(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_file\n")
    given = settings.read(
        {
            "PUBLIC_URL": "http://a",
            "UPSTREAM_URL": "http://b",
            "WEBHOOK_URL": "http://c",
            "WEBHOOK_SECRET_FILE": str(tmp_path / "secret"),
        }
    )
    assert given.webhook_secrets == ("whsec_file",)
    assert "whsec_file" not in repr(given)


def test_the_secret_before_lies_behind_the_path_of_the_one_that_is_valid(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_new")
    (tmp_path / "secret.previous").write_text("whsec_old\n")
    env = {"PUBLIC_URL": "http://a", "UPSTREAM_URL": "http://b", "WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}
    given = settings.read(env)
    assert given.webhook_secrets == ("whsec_new", "whsec_old")
    assert "whsec_old" not in repr(given)
