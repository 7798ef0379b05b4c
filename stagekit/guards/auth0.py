"""Domains of the production tenant at Auth0: a stage that signs people in there signs in real ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stagekit.compose import Guards
from stagekit.guards.hosts import names_one_of
from stagekit.guards.named import Named
from stagekit.guards.refusal import Refusal


def auth0(values: Iterable[Named], guards: Guards) -> Iterator[Refusal]:
    """One refusal for each value that names a domain of `production.auth0`."""
    for named in values:
        if names_one_of(named.value.reveal(), guards.production.auth0):
            yield Refusal(
                slug="production-auth0",
                about=named,
                says="names an Auth0 domain of production",
                fix="name the test tenant's domain, or remove the line to use the stand-in",
            )
