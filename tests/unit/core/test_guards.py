"""Guards: what each refuses and lets through, case by case (tests/cases/guards), and that no refusal prints a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from core_fakes import CASES, ROOT
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import draft
from stagekit.errors import ComposeFileError, GuardError
from stagekit.guards import CHECKS, Given, Named, Refusal, check, from_settings, refuse
from stagekit.report.error import error_text
from stagekit.secret import Secret
from stagekit.settings import Source, read_lines

GUARDED = """
x-stagekit:
  version: 1
  guards:
    production: {auth0: [shop.eu.auth0.com], databases: [db.shop.example]}
services:
  a: {image: "x:1", environment: {A: "${A}"}, command: ["${B}"]}
  mailpit: {image: "axllent/mailpit:v1.30.5", environment: {MP_SMTP_RELAY_HOST: "${C}"}}
"""


def judged(case: dict[str, Any]) -> list[Refusal]:
    """What the guards say of a case: a Compose file, the lines of `.env.staging`, an environment, and secrets."""
    sources = {"compose.yaml": case.get("compose", "services: {}\n")}
    own = read_lines(".env.staging", case.get("settings", ""))
    environ = case.get("environment", {})
    variables = {**own.values, **environ}
    secrets = [Named(name, Secret(value), "a secret") for name, value in case.get("secrets", {}).items()]
    model = draft(sources, directory="/project", variables=variables)
    environment = from_settings(Source("environment", environ, {}))
    stage = Given([*from_settings(own), *secrets], environment, variables, sources, ".env.staging")
    return check(model, stage)


def cases() -> Iterator[Any]:
    for guard in CHECKS:
        for case in yaml.safe_load((CASES / "guards" / f"{guard}.yaml").read_text(encoding="utf-8")):
            yield pytest.param(guard, case, id=f"{guard}: {case['name']}")


@pytest.mark.parametrize(("guard", "case"), list(cases()))
def test_a_guard_refuses_what_it_must_and_nothing_else(guard: str, case: dict[str, Any]) -> None:
    found = [f"{refusal.about.where} {refusal.about.words}" for refusal in judged(case) if refusal.slug == guard]
    assert found == case.get("refused", [])


@pytest.mark.parametrize("guard", CHECKS)
def test_every_guard_has_cases_that_are_refused_and_cases_that_are_let_through(guard: str) -> None:
    rows = yaml.safe_load((CASES / "guards" / f"{guard}.yaml").read_text(encoding="utf-8"))
    assert {bool(row.get("refused")) for row in rows} == {True, False}


TAILS = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", min_size=16, max_size=40)
SHAPES = [
    "sk_live_%",
    "Bearer rk_live_%",
    "https://%:word@shop.eu.auth0.com/",
    "postgresql://app:%@db.shop.example/app",
    "smtp://shop:%@mx.shop.example:587",
    "smtp.%.example",
    "--smtp-relay-config=/%",
    "sendgrid+api://%@default",
]


@given(st.lists(st.tuples(st.sampled_from(SHAPES), TAILS), min_size=3, max_size=3))
def test_no_refusal_prints_the_value(drawn: list[tuple[str, str]]) -> None:
    values = {name: shape.replace("%", tail) for name, (shape, tail) in zip("ABC", drawn, strict=True)}
    lines = "".join(f"{name}='{value}'\n" for name, value in values.items())
    for given_as in (
        {"settings": lines},
        {"environment": values},
        {"secrets": values},
        {"environment": values, "settings": lines},
    ):
        refusals = judged({"compose": GUARDED, **given_as})
        assert len(refusals) >= 3
        with pytest.raises(GuardError) as raised:
            refuse(refusals)
        printed = f"{error_text(raised.value)} {refusals!r} {raised.value!r}"
        assert [tail for _, tail in drawn if tail in printed] == []
        assert "mx.shop.example" not in printed and "db.shop.example" not in printed


def test_everything_is_told_at_once_with_its_place_and_its_fix() -> None:
    with pytest.raises(GuardError) as raised:
        refuse(judged({"compose": GUARDED, "settings": "A=sk_live_abcdefgh\nB=db.shop.example\nC=mailpit\n"}))
    assert raised.value.slug == "guard"
    assert error_text(raised.value).splitlines() == [
        "3 settings are refused; nothing was started",
        "  .env.staging:1  A holds a live Stripe key: put a test key (sk_test_…) there, or remove the line to use the "
        "stand-in",
        "  .env.staging:2  B names a database host of production: name the stage's own database service, or remove the "
        "line to use it",
        "  compose.yaml:8  MP_SMTP_RELAY_HOST of mailpit lets the sandbox pass mail on: remove it: what a stage sends "
        "stays in its own inbox",
        "next: correct each, then run the same command again    [guard]",
    ]


def test_refusals_of_one_kind_are_told_as_that_kind() -> None:
    with pytest.raises(GuardError) as raised:
        refuse(judged({"settings": "STRIPE_SECRET_KEY=sk_live_abcdefgh\n"}))
    assert raised.value.slug == "live-stripe-key" and "put a test key" in raised.value.next
    assert raised.value.evidence == ((".env.staging:1", "STRIPE_SECRET_KEY holds a live Stripe key"),)


@pytest.mark.parametrize("files", [("compose.yaml",), ("compose.yaml", "stagekit/kit/images/compose.packages.yaml")])
def test_our_own_product_passes_every_guard(files: tuple[str, ...]) -> None:
    sources = {name: (ROOT / name).read_text(encoding="utf-8") for name in files}
    model = draft(sources, directory=str(ROOT), variables={})
    assert model.block.guards.production.databases and len(model.texts) > 300
    assert check(model, Given(sources=sources)) == []


def test_nothing_to_refuse_is_no_error() -> None:
    refuse([])


def test_without_a_model_settings_are_judged_by_what_needs_none() -> None:
    values = from_settings(read_lines(".env.local", "A=sk_live_abcdefgh\nSMTP_HOST=mailpit\n"))
    found = check(None, Given(values, sources={"compose.yaml": "services: {a: {image: '${IMAGE:?}'}}"}))
    assert [refusal.slug for refusal in found] == ["live-stripe-key", "missing-variable"]


@pytest.mark.parametrize("host", ["https://shop.eu.auth0.com", "shop.eu.auth0.com/", "", "a b", "*", "*."])
def test_a_list_that_holds_no_host_names_is_a_mistake_and_not_an_empty_guard(host: str) -> None:
    text = f"x-stagekit: {{version: 1, guards: {{production: {{auth0: ['{host}']}}}}}}\nservices: {{}}\n"
    with pytest.raises(ComposeFileError) as raised:
        draft({"compose.yaml": text}, directory="/project", variables={})
    assert raised.value.evidence[0][1].startswith("x-stagekit.guards.production.auth0.0")
