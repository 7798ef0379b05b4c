"""Which API keys are taken."""

import base64
import binascii
import re

from .errors import StripeError

_TEST = re.compile(r"(sk|rk)_test_[A-Za-z0-9_]+")
_LIVE = re.compile(r"(sk|rk)_live_")


def check(authorization: str) -> None:
    """Refuses a call without a test key. A key is never part of the answer."""
    key = _key(authorization)
    if _LIVE.match(key):
        raise StripeError(
            401,
            "A live Stripe key was sent to a test stage. Use a test key (sk_test_…), and roll "
            "the live one if this was not expected.",
            code="livemode_mismatch",
        )
    if not _TEST.fullmatch(key):
        raise StripeError(
            401,
            "No test API key was given. Send one such as sk_test_local in the Authorization "
            "header (Bearer, or as the user name of Basic).",
        )


def _key(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        return _user(rest.strip())
    return rest.strip() if scheme.lower() == "bearer" else ""


def _user(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
