"""`stagekit services`: tries the outside services of the stage, and sets up what they need to know of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.place import Place
    from stagekit.cli.promoting import Promoting
    from stagekit.compose import Model
    from stagekit.compose.block import Payments
    from stagekit.doctor.finding import Finding
    from stagekit.doors.stripe import StripeDoor


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "services",
        help="try the outside services of the stage: sign-in and payments",
        description="Asks the sign-in whether it is the one that the stage expects, and tells the "
        "addresses to register at a tenant. Looks at the key of the Stripe account, at the webhook endpoint that tells "
        "this stage, and whether events reach the product.",
    )
    parser.add_argument("deed", choices=["check"], help="check: ask them, change nothing")
    add_stage(parser)
    parser.add_argument(
        "--make", action="store_true", help="make the webhook endpoint where it is missing, and store its secret"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: ok, and a list of findings")
    parser.set_defaults(run=services)


def services(arguments: argparse.Namespace) -> int:
    """Prints the findings; 0 when none failed, else 1."""
    import json

    from stagekit.cli.guarding import guard
    from stagekit.cli.look import place_of
    from stagekit.cli.promoting import promoting
    from stagekit.report.doctor import doctor_json, doctor_text, is_well

    place = place_of(arguments)
    guard(place)
    if place.settings.host:
        with promoting(place) as at:
            findings = _hosted(at, make=arguments.make)
    else:
        findings = _here(place)
    print(json.dumps(doctor_json(findings), indent=2) if arguments.json else doctor_text(findings))
    return 0 if is_well(findings) else 1


def _here(place: Place) -> list[Finding]:
    """A stage of this machine: Stripe's own program brings events here, so there is no endpoint to look for."""
    from stagekit.cli.engines import engine_here
    from stagekit.cli.place import open_compose, read_model
    from stagekit.outside.payments import key_findings, stand_in_findings
    from stagekit.secret import Secret

    model = read_model(place, open_compose(place, engine_here(place)))
    found = [*_sign_in(place, model)]
    payments = model.block.services.payments
    if payments and payments.url:
        found += stand_in_findings(payments)
    elif payments:
        variable = payments.key.upper().replace("-", "_")
        value = next((source.values[variable] for source in place.sources if variable in source.values), "")
        found += key_findings(Secret(value) if value else None, variable)
    return found + ([_reached(place, payments, public=True)] if payments else [])


def _hosted(at: Promoting, *, make: bool) -> list[Finding]:
    from stagekit.cli.place import is_below_localhost
    from stagekit.doors.stripe import StripeDoor
    from stagekit.outside.payments import endpoint_findings, key_findings, may_make, stand_in_findings
    from stagekit.switching.releases import read_ledger

    model = at.files.rendered[1]
    trust = _authority(at, model)
    found = [*_sign_in(at.place, model, trust)]
    payments = model.block.services.payments
    if payments is None:
        return found
    if payments.url:
        return [*found, *stand_in_findings(payments), _reached(at.place, payments, public=True, trust=trust)]
    known = read_ledger(at.folder).secrets
    version = known.newest(payments.key)
    key = at.store.value(payments.key, version.number) if version else None
    findings = [*key_findings(key, payments.key)]
    if key and all(finding.level == "ok" for finding in findings):
        door, url = StripeDoor(key), at.place.address.url(payments.webhook.name, payments.webhook.path)
        asked = [*endpoint_findings(payments, url, door, known.newest(payments.webhook.secret))]
        if make and may_make(asked):
            asked = [*asked[:-1], _made(at, payments, door, url)]
        findings += asked
    return [*found, *findings, _reached(at.place, payments, public=not is_below_localhost(at.place), trust=trust)]


def _made(at: Promoting, payments: Payments, door: StripeDoor, url: str) -> Finding:
    from stagekit.cli.secrets_set import stored
    from stagekit.doctor.finding import Finding
    from stagekit.doors.stripe import StripeFailed

    try:
        secret = door.make_endpoint(url, payments.webhook.events)
    except StripeFailed as failed:
        return Finding("webhook", "fail", f"Stripe made no endpoint for {url}: {failed.text}")
    name = payments.webhook.secret
    number = stored(at, name, secret)
    stage = at.place.settings.stage
    return Finding(
        "webhook",
        "info",
        f"made: an endpoint at Stripe tells {url}; its secret is version {number} of {name}",
        fix=f"stagekit promote --stage {stage}, which lets the product know it",
    )


def _authority(at: Promoting, model: Model) -> str:
    """The certificate of the stage's own authority, where it has one."""
    from stagekit.stage import observe
    from stagekit.switching.certificate import authority_of

    engine = at.switching.host.engine
    return authority_of(engine, model, observe(engine, at.place.project))


def _sign_in(place: Place, model: Model, trust: str = "") -> Iterator[Finding]:
    from stagekit.doors.http import get
    from stagekit.outside.sign_in import sign_in_findings

    wanted = model.block.services.sign_in
    if wanted is None:
        return
    issuer = wanted.issuer or place.address.url("auth", "/")
    app = place.address.url(wanted.name)
    yield from sign_in_findings(
        issuer, lambda url: get(url, "", trust=trust), own=not wanted.issuer, app=app, callback=wanted.callback
    )


def _reached(place: Place, payments: Payments, *, public: bool, trust: str = "") -> Finding:
    from stagekit.doors.http import post
    from stagekit.outside.payments import reach_finding

    url = place.address.url(payments.webhook.name, payments.webhook.path)
    return reach_finding(url, *post(url, "{}", trust=trust), public=public)
