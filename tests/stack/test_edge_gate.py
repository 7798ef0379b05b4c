"""Who gets through the edge of a stage with a password, asked of the real edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http.cookies import SimpleCookie

import pytest

from stagekit.secret import Secret
from stagekit.stage.gate import COOKIE, session_of
from tests.support.edge import NAMES, Edge, edge

pytestmark = pytest.mark.engine

PASSWORD = 'a "word" of ours: é \\ $x'
BEARER = {"Authorization": "Bearer abc.def.ghi"}
PREFLIGHT = {"Origin": "http://app.stage.example", "Access-Control-Request-Method": "GET"}


@pytest.fixture(scope="module")
def guarded(bases: dict[str, str]) -> Iterator[Edge]:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD) as found:
        yield found


def cookie(password: str = PASSWORD) -> dict[str, str]:
    return {"Cookie": f"theme=dark; {COOKIE}={session_of(Secret(password)).reveal()}"}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_asks_for_the_password(guarded: Edge, name: str) -> None:
    answer = guarded.get(name)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="shared", charset="UTF-8"'
    assert answer.headers["X-Robots-Tag"] == "noindex" and "Set-Cookie" not in answer.headers
    assert "stagekit secrets show stage-password" in answer.text


@pytest.mark.parametrize("name", NAMES)
def test_who_gives_it_is_let_in_and_remembered_for_the_whole_domain(guarded: Edge, name: str) -> None:
    answer = guarded.get(name, "/x", auth=("anybody", PASSWORD))
    assert answer.status_code == 200
    assert answer.text == f"{name}||", "a service is not told the password"
    found = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
    assert found.value == session_of(Secret(PASSWORD)).reveal() != PASSWORD
    assert (found["domain"], found["path"], found["samesite"]) == ("stage.example", "/", "Lax")
    assert found["httponly"] and not found["secure"]
    assert guarded.get("mail", "/x", headers=cookie()).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"auth": ("a", PASSWORD + " ")}, {"auth": (PASSWORD, "")}, {"headers": cookie("other")}]
)
def test_what_is_nearly_right_is_wrong(guarded: Edge, wrong: dict[str, object]) -> None:
    assert guarded.get("app", **wrong).status_code == 401


@pytest.mark.parametrize(
    ("name", "path", "headers", "status"),
    [
        ("api", "/webhooks/stripe", {}, 200),
        ("api", "/plans", {}, 200),
        ("api", "/docs", {}, 401),
        ("api", "/me", BEARER, 200),
        ("api", "/me", {"Authorization": "bearer x"}, 200),
        ("api", "/me", {"Authorization": "Digest x"}, 401),
        ("auth", "/.well-known/openid-configuration", {}, 200),
        ("auth", "/oauth/token", {"Authorization": "Basic YTpi"}, 200),
        ("auth", "/authorize", {}, 401),
        ("auth", "/authorize", BEARER, 401),
        ("app", "/webhooks/stripe", {}, 401),
        ("mail", "/api/v1/messages", BEARER, 401),
        ("prefect", "/api/flows", BEARER, 401),
        ("stripe", "/v1/customers", BEARER, 401),
        ("api", "/webhooks/../docs", {}, 401),
        ("api", "/webhooks/%2e%2E/docs", {}, 401),
        ("api", "/webhooks/x/..%2fdocs", {}, 401),
        ("app", "/edge-health", {}, 200),
    ],
)
def test_open_is_what_the_project_lists_and_no_more(
    guarded: Edge, name: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = raw(guarded, name, path, headers)
    assert answer == status


def raw(edge: Edge, name: str, path: str, headers: dict[str, str]) -> int:
    """The status for a path as it is written: clients tidy theirs up."""
    import http.client

    asked = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=10)
    asked.request("GET", path, headers={"Host": f"{name}.{edge.domain}", **headers})
    return asked.getresponse().status


def test_a_service_is_told_what_was_meant_for_it(guarded: Edge) -> None:
    assert guarded.get("api", "/me", headers=BEARER).text == f"api|{BEARER['Authorization']}|"
    assert guarded.get("api", "/me", headers=BEARER | cookie()).text == f"api|{BEARER['Authorization']}|"
    assert guarded.get("auth", "/oauth/token", auth=("client", "of its own")).text.startswith("auth|Basic ")


def test_a_browser_may_ask_first_where_something_is_open(guarded: Edge) -> None:
    assert guarded.get("api", "/me", method="OPTIONS", headers=PREFLIGHT).status_code == 200
    assert guarded.get("api", "/me", method="OPTIONS").status_code == 401
    assert guarded.get("mail", "/", method="OPTIONS", headers=PREFLIGHT).status_code == 401


def test_no_search_engine_is_let_in(guarded: Edge) -> None:
    answer = guarded.get("app", "/robots.txt")
    assert answer.text == "User-agent: *\nDisallow: /\n"


def test_another_password_ends_what_the_old_one_opened(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD) as found:
        found.lay_files("another")
        assert found.get("app", headers=cookie()).status_code == 401
        assert found.get("app", auth=("a", PASSWORD)).status_code == 401
        assert found.get("app", auth=("a", "another")).status_code == 200
        found.lay_files(PASSWORD)
        assert found.get("app", headers=cookie()).status_code == 200


def guesses(edge: Edge, words: Iterable[object], **headers: str) -> list[int]:
    return [edge.get("app", auth=("a", str(word)), headers=headers).status_code for word in words]


def test_who_guesses_is_held_up_and_who_has_the_cookie_is_not(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD) as found:
        assert guesses(found, ["the one before"] * 50) == [401] * 50, "the same word again is no other guess"
        assert guesses(found, [PASSWORD] * 50) == [200] * 50
        assert guesses(found, range(25)) == [401] * 19 + [429] * 6
        answer = found.get("mail", auth=("a", PASSWORD))
        assert (
            answer.status_code == 429 and answer.headers["Retry-After"] == "60" and "Set-Cookie" not in answer.headers
        )
        assert found.get("app", headers=cookie()).status_code == 200
        assert found.get("app", auth=("a", "stale"), headers=cookie()).status_code == 200
        assert found.get("api", "/me", headers=BEARER).status_code == found.get("api", "/plans").status_code == 200
        assert found.get("app").status_code == 401, "who says no password is asked for it"


def test_behind_something_that_speaks_https_it_says_who_guesses(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD, STAGEKIT_SCHEME="https") as found:
        guesses(found, range(25), **{"X-Forwarded-For": "198.51.100.1, 192.0.2.1"})
        for address, status in (("192.0.2.1", 429), ("198.51.100.1, 192.0.2.2", 200), ("2001:db8::1", 200)):
            assert guesses(found, [PASSWORD], **{"X-Forwarded-For": address}) == [status]


def test_who_speaks_to_the_edge_itself_cannot_say_that_it_is_somebody_else(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD) as found:
        for number in range(25):
            guesses(found, [number], **{"X-Forwarded-For": f"192.0.2.{number}"})
        assert guesses(found, [PASSWORD], **{"X-Forwarded-For": "192.0.2.99"}) == [429]


def test_over_https_the_cookie_is_for_https_alone_and_a_bare_domain_gets_its_own(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password=PASSWORD, domain="localhost", STAGEKIT_SCHEME="https") as found:
        set_cookie = found.get("app", "/x", auth=("a", PASSWORD)).headers["Set-Cookie"]
        assert "; Secure" in set_cookie and "Domain" not in set_cookie


def test_a_stage_without_a_password_asks_nobody(bases: dict[str, str]) -> None:
    with edge(bases["HAPROXY_IMAGE"], password="") as found:
        for headers in ({}, cookie(""), {"Authorization": "Basic YTpi"}):
            answer = found.get("mail", "/x", headers=headers)
            assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
        assert found.get("app", "/x", auth=("a", "b")).text == "app|Basic YTpi|"
