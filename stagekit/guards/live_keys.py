"""Live Stripe keys are refused wherever a setting can carry one. The key itself is never printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stagekit.compose import Model, Service
from stagekit.errors import GuardError
from stagekit.settings import Source

LIVE = re.compile(r"\b[sr]k_live_[0-9A-Za-z]{4}")


def refuse_live_keys(sources: Iterable[Source], model: Model | None = None) -> None:
    """Raises GuardError that names each place, when a settings source or a service's environment has a live key."""
    found = [
        (source.where(key), f"{key} holds a live Stripe key") for source in sources for key in _live(source.values)
    ]
    if model:
        found += [
            (f"service {service.name}", f"{key} holds a live Stripe key")
            for service in model.services.values()
            for key in _live(dict(_texts(service)))
        ]
    if found:
        raise GuardError(
            "a live Stripe key is set, and a stage must never move real money",
            evidence=found[:5],
            next="put a test key (sk_test_…) there, or remove the line to use the stand-in",
            slug="live-stripe-key",
        )


def _live(values: Mapping[str, str]) -> list[str]:
    return [key for key, value in values.items() if LIVE.search(value)]


def _texts(service: Service) -> list[tuple[str, str]]:
    arguments = [(f"its build argument {key}", value) for key, value in (service.build.args if service.build else ())]
    return [*service.environment, *arguments, ("its command", " ".join(service.command))]
