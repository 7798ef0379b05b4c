"""Hosts of production databases: a stage's migrations, seeds and tests would change real data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stagekit.compose import Guards
from stagekit.guards.hosts import names_one_of
from stagekit.guards.named import Named
from stagekit.guards.refusal import Refusal


def databases(values: Iterable[Named], guards: Guards) -> Iterator[Refusal]:
    """One refusal for each value that names a host of `production.databases`."""
    for named in values:
        if names_one_of(named.value.reveal(), guards.production.databases):
            yield Refusal(
                slug="production-database",
                about=named,
                says="names a database host of production",
                fix="name the stage's own database service, or remove the line to use it",
            )
