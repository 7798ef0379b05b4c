"""No printed form of a promotion holds a secret: plan, releases and their differences, as text and as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from core_fakes import container, model, service
from hypothesis import given
from hypothesis import strategies as st

from stagekit.promote.steps import line_of
from stagekit.promote.switch import plan_switch
from stagekit.promote.target import Target
from stagekit.release import Release, ReleasedImage
from stagekit.release.definition import alone, released
from stagekit.report.plan import Proposal, plan_json, plan_text
from stagekit.report.releases import diff_text, release_text, releases_json, releases_text
from stagekit.secrets.numbers import Pick
from stagekit.stage import Observation
from stagekit.stage.routes import EdgeSeen

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
# Long enough that it is no part of anything else that is printed.
VALUES = st.text(st.characters(categories=["L", "N"]), min_size=12)
NAMES = {"backend": "stagekit/shop/backend:11"}


def rendered(**backend: Any) -> str:
    """What Compose renders of a project of one service."""
    return json.dumps({"name": "shop", "services": {"backend": {"image": "shop/backend", **backend}}})


def release(number: int, text: str) -> Release:
    images = {name: ReleasedImage(name=image, identity="sha256:b") for name, image in NAMES.items()}
    given: dict[str, Any] = {"number": number, "stage": "staging", "project": "shop", "revision": f"{number:07}"}
    made = released(text, NAMES, secrets={"token": Pick(1)})
    told = {"clean": True, "by": "ana", "at": "2026-11-24T07:00:00Z", "images": images, "model": made}
    return Release.model_validate(given | told)


def plain(value: str) -> list[str]:
    """A text, and what JSON makes of it."""
    return [value, json.dumps(value)[1:-1]]


@given(VALUES)
def test_what_compose_sends_as_a_secret_or_builds_with_is_in_no_record(value: str) -> None:
    secret = {"secrets": {"token": {"name": "token", "content": value, "file": value, "environment": value}}}
    raw = {"build": {"context": "/x", "args": {"TOKEN": value}}, "secrets": [{"source": "token"}]}
    document = {
        **json.loads(rendered(**raw)),
        **secret,
        "x-stagekit": {"version": 1, "hooks": {"after_switch": [value]}},
    }
    found = release(1, json.dumps(document))
    forms = [found.model_dump_json(), releases_json([found], 1), repr(found), str(found), alone(found.model)]
    assert not [form for form in forms for one in plain(value) if one in form]


@given(VALUES, VALUES)
def test_a_plan_and_what_is_said_of_releases_show_no_value_of_a_setting(before: str, after: str) -> None:
    old, new = (
        release(n, rendered(environment={"TOKEN": value, "HOST": "h"}, command=["serve", value]))
        for n, value in ((1, before), (2, after))
    )
    found = model(service("backend", environment=(("TOKEN", after),), command=("serve", after)))
    seen = Observation((container("backend"),))
    plan = plan_switch(Target(found, {"backend": "new"}), seen, EdgeSeen())
    proposal = Proposal("staging", plan, new, old, found, (), "ana", 300)
    forms = [
        plan_text(proposal, NOW),
        json.dumps(plan_json(proposal)),
        *plan.lines(),
        repr(plan),
        *(line_of(step) for step in plan.steps),
        releases_text([old, new], 2),
        release_text(new),
        diff_text(old, new),
    ]
    assert plan.steps
    assert before == after or "environment differ" in diff_text(old, new)
    assert not [form for form in forms for value in (before, after) for one in plain(value) if one in form]
