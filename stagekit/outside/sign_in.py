"""Whether people can sign in: discovery, the keys that tokens are signed with, and what has to be registered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from stagekit.doctor.finding import Finding

Ask = Callable[[str], tuple[int, str]]
DISCOVERY = ".well-known/openid-configuration"


def sign_in_findings(issuer: str, ask: Ask, *, own: bool, app: str, callback: str) -> Iterator[Finding]:
    """What is found of an issuer.

    issuer    as tokens name it, with the slash at its end that Auth0's have
    ask       GET of an address: status, or 0 where there is no answer, and text
    own       whether it is the stage's own stand-in, which knows the stage's addresses
    app       the address that people come back to
    """
    status, text = ask(f"{issuer}{DISCOVERY}")
    told = _object(text) if status == 200 else {}
    if not told:
        said = f"it answered {status}" if status else text
        yield Finding(
            "sign-in",
            "fail",
            f"{issuer} does not say how people sign in: {said}",
            fix="AUTH_ISSUER, with https:// and a slash at its end",
        )
        return
    if told.get("issuer") != issuer:
        yield Finding(
            "sign-in",
            "fail",
            f"tokens name the issuer {told.get('issuer')}, and the stage expects {issuer}",
            fix=f"AUTH_ISSUER={told.get('issuer')}",
        )
        return
    yield Finding("sign-in", "ok", f"{'the stand-in' if own else urlsplit(issuer).hostname} answers as {issuer}")
    yield _keys(str(told.get("jwks_uri", "")), ask)
    if not own:
        yield Finding(
            "callbacks",
            "info",
            "to be registered there: " + "; ".join(registered(app, callback)),
            fix="APP_URL=" + app + " npx auth0-deploy-cli import --env -i auth0/tenant.yaml (docs/test-accounts.md)",
        )


def registered(app: str, callback: str) -> tuple[str, ...]:
    """What a tenant has to be told of a stage."""
    return (f"callback {app}{callback}", f"logout {app} and {app}/", f"web origin {app}")


def _keys(address: str, ask: Ask) -> Finding:
    status, text = ask(address) if address else (0, "no address of keys was told")
    keys = _object(text).get("keys") if status == 200 else None
    if not isinstance(keys, list) or not keys:
        return Finding(
            "sign-in-keys",
            "fail",
            f"the keys that tokens are signed with are not to be had: {address or text}",
            fix="look at the sign-in's own logs",
        )
    return Finding("sign-in-keys", "ok", f"{len(keys)} key{'s' if len(keys) > 1 else ''} to check tokens with")


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
