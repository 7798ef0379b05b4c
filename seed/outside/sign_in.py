"""Sign-in: everybody of scale 1 is in auth0/people.yaml, which the stand-in's image holds. Nothing is made there."""

from __future__ import annotations

import os

import httpx

from scenario.everyday_people import PEOPLE
from shop import settings
from stagekit_seed import Seed, SeedError


def apply(seed: Seed) -> str:
    """Asks the stand-in whom it knows. Further people, by a greater scale, have rows and no sign-in."""
    with httpx.Client(base_url=os.environ["AUTH_STANDIN_URL"], timeout=30, trust_env=False) as client:
        issuer = client.get("/.well-known/openid-configuration").raise_for_status().json()["issuer"]
        if issuer != settings.load().auth_issuer:
            return "an Auth0 tenant: its people are made there"
        known = set(client.get("/_standin/people").raise_for_status().json()["people"])
    lacking = [row["sub"] for row in seed.rows("people") if row["sub"] not in known and not _further(row["sub"])]
    if lacking:
        next = "name them in auth0/people.yaml, then `stagekit up`"
        raise SeedError(f"the sign-in does not know {len(lacking)} people of the seed, first {lacking[0]}", next=next)
    return f"{len(known)} people, nothing to do"


def reset(seed: Seed) -> str:
    """Sessions stay: whoever is signed in stays so."""
    return apply(seed)


def _further(sub: str) -> bool:
    _, _, number = sub.partition("auth0|everyday-")
    return bool(number) and int(number) > PEOPLE
