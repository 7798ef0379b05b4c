"""The nights of which there are reports, and the flow runs that wrote these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from stagekit_seed import Seed

_NIGHTS = {
    "rep_seed_1": "-3 28 02:00",
    "rep_seed_2": "-2 28 02:00",
    "rep_seed_3": "-1 27 02:00",
    "rep_seed_4": "-1 28 02:00",
}


@dataclass(frozen=True)
class Night:
    """`run` is the id of the flow run in Prefect: the same on every stage for the same night."""

    report: str
    begin: datetime
    end: datetime

    @property
    def name(self) -> str:
        return f"seed-{self.begin:%Y-%m-%d}"

    @property
    def run(self) -> str:
        return str(uuid5(NAMESPACE_URL, f"fernhill/{self.report}/{self.begin:%Y-%m-%d}"))


def nights(seed: Seed) -> list[Night]:
    found = []
    for report, words in _NIGHTS.items():
        begin = seed.at(words)
        assert begin
        found.append(Night(report, begin, begin + timedelta(seconds=seed.random(report).randint(4, 9))))
    return found
