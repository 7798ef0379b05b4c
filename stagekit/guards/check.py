"""All guards at once: what of a stage's definition, settings and secrets must not reach it."""

from __future__ import annotations

from stagekit.compose import Guards, Model
from stagekit.guards.auth0 import auth0
from stagekit.guards.databases import databases
from stagekit.guards.live_keys import live_keys
from stagekit.guards.mail import mail
from stagekit.guards.named import Given, Named, from_model
from stagekit.guards.refusal import Refusal
from stagekit.guards.required import required

# What each guard is called, and what is true where it refuses nothing.
CHECKS = {
    "live-stripe-key": "no live Stripe key is set",
    "mail-host": "no mail host but the sandbox is named",
    "mail-relay": "the sandbox passes no mail on",
    "production-auth0": "no Auth0 domain that is listed as production is named",
    "production-database": "no database host that is listed as production is named",
    "missing-variable": "every required variable has a value",
}


def check(model: Model | None, given: Given) -> list[Refusal]:
    """Every refusal: of settings and secrets first, then of the definition, where what only passes a refused setting on
    is left out. Without a model, what can be told without one: what `guards` lists, and which mail host is the sandbox,
    nobody knows yet."""
    guards = model.block.guards if model else Guards()
    own = [*given.values, *given.mentioned()]
    refusals = [*live_keys([*given.values, *given.environment]), *_judged(own, guards, model)]
    refused = {(refusal.slug, refusal.about.value) for refusal in refusals}
    if model:
        defined = from_model(model, given.sources)
        found = [*live_keys(defined), *_judged(defined, guards, model)]
        refusals += [refusal for refusal in found if (refusal.slug, refusal.about.value) not in refused]
    return [*refusals, *required(given, guards)]


def _judged(values: list[Named], guards: Guards, model: Model | None) -> list[Refusal]:
    if model is None:
        return []
    return [*mail(values, guards, model), *auth0(values, guards), *databases(values, guards)]
