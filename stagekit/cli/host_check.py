"""`stagekit host check`: whether a host is fit for a stage."""

from __future__ import annotations

import argparse
import json

from stagekit.cli.hosts import Way, way_to
from stagekit.cli.place import Place, drafted, open_place
from stagekit.doors import machine
from stagekit.errors import StagekitError
from stagekit.hosts.ask import ask
from stagekit.hosts.check import CheckFacts, examine_host
from stagekit.report.doctor import doctor_json, doctor_text, is_well


def check(arguments: argparse.Namespace) -> int:
    """Prints the findings; 0 when none failed, else 1."""
    way = way_to(arguments)
    findings = examine_host(_facts(way, _place(arguments)))
    print(json.dumps(doctor_json(findings), indent=2) if arguments.json else doctor_text(findings))
    return 0 if is_well(findings) else 1


def _place(arguments: argparse.Namespace) -> Place | None:
    """The stage whose port and names are looked at; none where only a machine is named."""
    if arguments.address and not arguments.stage:
        return None
    return open_place(arguments.project_directory, stage=arguments.stage)


def _facts(way: Way, place: Place | None) -> CheckFacts:
    names = {name: machine.addresses(name) for name in _names(place)} if place else {}
    with way.connect() as host:
        before = machine.now()
        found = ask(host, deploy=way.target.user or "deploy")
        # The host looked at its clock somewhere between the question and the answer.
        ahead = found.now - (before + machine.now()) / 2
    return CheckFacts(
        host=found,
        target=str(way.target),
        ahead=ahead,
        port=place.address.port if place else 0,
        names=names,
        addresses=machine.addresses(way.target.name),
    )


def _names(place: Place) -> list[str]:
    try:
        return [f"{label}.{place.settings.domain}" for label in drafted(place).block.names]
    except StagekitError:
        return []  # what is wrong with the Compose files, `stagekit doctor` says
