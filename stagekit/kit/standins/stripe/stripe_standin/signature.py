"""Stripe's webhook signature: https://docs.stripe.com/webhooks#verify-manually"""

import hashlib
import hmac
from collections.abc import Iterable


def header(payload: bytes, secrets: Iterable[str], moment: int) -> str:
    """The ``Stripe-Signature`` value for exactly these bytes, at this time (Unix seconds).

    It has a signature for each secret that is valid, as Stripe's has for a while after a secret was rolled.
    """
    signed = str(moment).encode() + b"." + payload
    signatures = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={moment}", *(f"v1={signature}" for signature in signatures)])
