"""What everyday people subscribed to in eighteen months: most stay, some leave, few owe, few only look."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from scenario.billing import Row
from stagekit_seed import Seed

MONTHS = 18


def rows(seed: Seed) -> Iterator[Row]:
    for person in seed.rows("people"):
        if person["sub"].startswith("auth0|everyday-"):
            yield from _subscriptions(seed, person["sub"])


def _subscriptions(seed: Seed, person: str) -> Iterator[Row]:
    """Three in five have a second one, for somebody they are fond of."""
    kind = seed.random(person).choices(("active", "cancelled", "past_due", None), (80, 10, 5, 5))[0]
    if kind is None:
        return
    yield _subscription(seed, person, "", kind)
    if seed.random(person, "second").random() < 0.6:
        yield _subscription(seed, person, "_second", "active")


def _subscription(seed: Seed, person: str, which: str, kind: str) -> Row:
    chance = seed.random(person, which, kind)
    month = -int((MONTHS - 1) * chance.random() ** 0.3)
    since = f"{month} {chance.randint(1, 28)} {_clock(chance)}" if month else "0 1 00:00"
    ended = ""
    if kind == "cancelled":
        month = min(month, -1)
        since = f"{month} {chance.randint(1, 20)} {_clock(chance)}"
        ended = f"{chance.randint(month, -1)} 28 {_clock(chance)}"
    return {
        "id": person.replace("auth0|", "sub_seed_") + which,
        "person": person,
        "plan": chance.choices(("taster", "house", "cellar"), (45, 40, 15))[0],
        "status": kind,
        "since": seed.at(since),
        "renews_at": None if ended else seed.at("1 1 00:00"),
        "ended_at": seed.at(ended),
        "changed_at": seed.at(ended or since),
    }


def _clock(chance: Random) -> str:
    minutes = chance.randint(6 * 60, 23 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
