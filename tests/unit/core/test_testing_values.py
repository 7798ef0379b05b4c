from __future__ import annotations

import json

import httpx
import pytest
from core_fakes import FakeClock

from stagekit.doors.http import LocalNames
from stagekit.testing import Mailbox, SignIn

MESSAGE = {
    "ID": "1",
    "From": {"Address": "hello@shop.example", "Name": "Shop"},
    "To": [{"Address": "ana@example.test", "Name": ""}],
    "Subject": "Your receipt 1001",
    "Text": "text",
    "HTML": "<p>text</p>",
}


def http(handler: httpx.MockTransport) -> httpx.Client:
    return httpx.Client(base_url="http://mail.localhost", transport=handler)


class Mailpit:
    """Mailpit that has the message after some questions."""

    def __init__(self, after: int) -> None:
        self.after, self.queries = after, []  # type: ignore[var-annotated]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if "/message/" in request.url.path:
            return httpx.Response(200, json=MESSAGE)
        self.queries.append(request.url.params["query"])
        there = len(self.queries) > self.after
        return httpx.Response(200, json={"messages": [{"ID": "1"}] if there else []})


def test_a_message_is_waited_for_by_recipient_and_subject() -> None:
    mailpit, clock = Mailpit(after=2), FakeClock()
    with http(httpx.MockTransport(mailpit)) as client:
        found = Mailbox(client, clock=clock, sleep=clock.sleep).wait_for("ana@example.test", "receipt")
    assert mailpit.queries == ['to:"ana@example.test" subject:"receipt"'] * 3
    assert (found.sender, found.recipients, found.subject) == (
        "hello@shop.example",
        ("ana@example.test",),
        "Your receipt 1001",
    )


def test_a_message_that_never_comes_is_named() -> None:
    clock = FakeClock()
    with http(httpx.MockTransport(Mailpit(after=10**6))) as client:
        mailbox = Mailbox(client, clock=clock, sleep=clock.sleep)
        with pytest.raises(AssertionError, match=r"no mail to ana@example.test with 'receipt' in its subject in 5"):
            mailbox.wait_for("ana@example.test", "receipt", seconds=5)
    assert 5 <= clock.now < 6


def test_a_person_signs_in_with_the_password_that_tests_share() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "abc", "scope": "openid read:account"})

    with http(httpx.MockTransport(answer)) as client:
        token = SignIn(client, "tests", "secret", "https://api.example", "pass")(
            "ana@example.test", scope="read:account"
        )
    form = dict(httpx.QueryParams(asked[0].content.decode()))
    assert (form["username"], form["password"], form["audience"]) == ("ana@example.test", "pass", "https://api.example")
    assert form["scope"] == "openid profile email read:account"
    assert token.headers == {"Authorization": "Bearer abc"}
    assert token.scopes == {"openid", "read:account"}


def test_a_refused_sign_in_says_what_the_sign_in_said() -> None:
    refuse = httpx.MockTransport(lambda request: httpx.Response(403, json={"error": "invalid_grant"}))
    with (
        http(refuse) as client,
        pytest.raises(AssertionError, match=r"sign-in refused ana@example\.test: .*invalid_grant"),
    ):
        SignIn(client, "tests", "secret", "aud", "pass")("ana@example.test")


@pytest.mark.parametrize("name", ["app.localhost", "localhost", "a.b.localhost"])
def test_names_under_localhost_go_to_loopback_with_their_own_host_header(name: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=json.dumps([request.url.host, request.headers["host"]]))

    with httpx.Client(transport=LocalNames(httpx.MockTransport(answer))) as client:
        assert client.get(f"http://{name}:8642/").json() == ["127.0.0.1", f"{name}:8642"]


def test_other_names_go_where_they_say() -> None:
    answer = httpx.MockTransport(lambda request: httpx.Response(200, text=request.url.host))
    with httpx.Client(transport=LocalNames(answer)) as client:
        assert client.get("http://app.example.test/").text == "app.example.test"
        assert client.get("http://localhost.example.test/").text == "localhost.example.test"
