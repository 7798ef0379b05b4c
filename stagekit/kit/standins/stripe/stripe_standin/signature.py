"""Stripe's webhook signature: https://docs.stripe.com/webhooks#verify-manually"""

import hashlib
import hmac


def header(payload: bytes, secret: str, moment: int) -> str:
    """The ``Stripe-Signature`` value for exactly these bytes, at this time (Unix seconds)."""
    signed = str(moment).encode() + b"." + payload
    return f"t={moment},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
