from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from shop.auth.keys import REFETCH_SECONDS, IssuerKeys, IssuerUnreachable
from shop.auth.tokens import BadToken, TokenVerifier

ISSUER, AUDIENCE = "http://auth.test/", "https://api.shop.example"
DISCOVERY = f"{ISSUER}.well-known/openid-configuration"


class Issuer:
    """Publishes keys, counts the questions, signs tokens."""

    def __init__(self) -> None:
        self.keys = {"k1": KEYS[0]}
        self.asked: list[str] = []
        self.names_itself = ISSUER
        self.down = False

    def fetch(self, url: str) -> Any:
        self.asked.append(url)
        if self.down:
            raise OSError("connection refused")
        if url == DISCOVERY:
            return {"issuer": self.names_itself, "jwks_uri": f"{ISSUER}jwks"}
        return {"keys": [_jwk(kid, key) for kid, key in self.keys.items()]}

    def token(self, key: Any = None, kid: str | None = "k1", algorithm: str = "RS256", **changed: Any) -> str:
        claims = {
            "iss": ISSUER,
            "sub": "auth0|ana",
            "aud": [AUDIENCE, f"{ISSUER}userinfo"],
            "exp": int(time.time()) + 60,
            "scope": "openid read:account",
            "permissions": ["read:reports"],
            "https://shop.example/email": "ana@example.test",
            "https://shop.example/name": "Ana Lindqvist",
        } | changed
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or KEYS[0], algorithm, {"kid": kid} if kid else {})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]


def _jwk(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, IssuerKeys(ISSUER, issuer.fetch, clock))


def test_good_token_tells_who_calls_with_scopes_and_permissions(issuer: Issuer, verifier: TokenVerifier) -> None:
    caller = verifier.caller(issuer.token())
    assert (caller.sub, caller.email, caller.name) == ("auth0|ana", "ana@example.test", "Ana Lindqvist")
    assert caller.scopes == {"openid", "read:account", "read:reports"}


def test_token_of_a_program_without_claims_has_no_name(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.token(
        sub="shop-tests@clients",
        permissions=None,
        **{"https://shop.example/email": None, "https://shop.example/name": 7},
    )
    caller = verifier.caller(token)
    assert (caller.sub, caller.email, caller.name) == ("shop-tests@clients", None, None)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": 1}, "expired"),
        ({"iss": "http://elsewhere.test/"}, "another issuer"),
        ({"iss": "http://auth.test"}, "another issuer"),
        ({"aud": ["https://other.example"]}, "another audience"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"key": KEYS[1]}, "Signature verification failed"),
        ({"kid": None}, "does not name its key"),
        ({"kid": "k9"}, "does not publish"),
        ({"key": "a shared secret of thirty-two bytes..", "algorithm": "HS256"}, "not RS256"),
    ],
)
def test_token_that_is_not_right_is_refused(
    issuer: Issuer, verifier: TokenVerifier, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadToken, match=reason):
        verifier.caller(issuer.token(**changed))


def test_token_without_signature_is_refused(issuer: Issuer, verifier: TokenVerifier) -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    body = issuer.token().split(".")[1]
    with pytest.raises(BadToken, match="not RS256"):
        verifier.caller(f"{head}.{body}.")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é" * 300])
def test_text_that_is_no_token_is_refused(verifier: TokenVerifier, text: str) -> None:
    with pytest.raises(BadToken):
        verifier.caller(text)


def test_keys_are_asked_for_once(issuer: Issuer, verifier: TokenVerifier) -> None:
    for _ in range(5):
        verifier.caller(issuer.token())
    assert issuer.asked == [DISCOVERY, f"{ISSUER}jwks"]


def test_new_key_is_found_after_the_shortest_interval(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    verifier.caller(issuer.token())
    issuer.keys["k2"] = KEYS[1]
    with pytest.raises(BadToken, match="does not publish"):
        verifier.caller(issuer.token(KEYS[1], kid="k2"))
    clock.now += REFETCH_SECONDS + 1
    assert verifier.caller(issuer.token(KEYS[1], kid="k2")).sub == "auth0|ana"


def test_invented_key_ids_do_not_make_us_ask_again_and_again(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    for number in range(20):
        clock.now += 0.1
        with pytest.raises(BadToken):
            verifier.caller(issuer.token(kid=f"made-up-{number}"))
    assert len(issuer.asked) == 2


def test_withdrawn_key_is_forgotten(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    verifier.caller(issuer.token())
    issuer.keys = {"k2": KEYS[1]}
    clock.now += 3600
    with pytest.raises(BadToken, match="does not publish"):
        verifier.caller(issuer.token())


def test_issuer_that_is_down_is_not_the_callers_fault_and_is_asked_again(
    issuer: Issuer, verifier: TokenVerifier
) -> None:
    issuer.down = True
    with pytest.raises(IssuerUnreachable):
        verifier.caller(issuer.token())
    issuer.down = False
    assert verifier.caller(issuer.token()).sub == "auth0|ana"


def test_document_that_names_another_issuer_is_not_believed(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.names_itself = "http://elsewhere.test/"
    with pytest.raises(IssuerUnreachable, match="another issuer"):
        verifier.caller(issuer.token())


@pytest.mark.parametrize("change", [{"use": "enc"}, {"kty": "EC"}])
def test_key_that_does_not_sign_is_passed_over(issuer: Issuer, change: dict[str, str]) -> None:
    def fetch(url: str) -> Any:
        found = issuer.fetch(url)
        return found if url == DISCOVERY else {"keys": [found["keys"][0] | change]}

    _refuses(TokenVerifier(ISSUER, AUDIENCE, IssuerKeys(ISSUER, fetch)), issuer.token)


def _refuses(verifier: TokenVerifier, token: Callable[[], str]) -> None:
    with pytest.raises(BadToken, match="does not publish"):
        verifier.caller(token())
