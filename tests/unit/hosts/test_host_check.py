from __future__ import annotations

from dataclasses import replace

import pytest
from hosts_fakes import BARE, GB, HOST

from stagekit.doctor import Finding
from stagekit.hosts.check import CheckFacts, examine_host
from stagekit.hosts.facts import Account, HostFacts, Sshd
from stagekit.report.doctor import is_well

NAMES = {"app.shop.example": ("192.0.2.7",), "api.shop.example": ("192.0.2.7",)}


def _facts(host: HostFacts = HOST, **other: object) -> CheckFacts:
    words: dict[str, object] = {"target": "ssh://deploy@shop.example:2222", "ahead": 0.2, "port": 443, "names": NAMES}
    return CheckFacts(host=host, addresses=("192.0.2.7",), **(words | other))  # type: ignore[arg-type]


def _one(facts: CheckFacts, id: str) -> Finding:
    return next(finding for finding in examine_host(facts) if finding.id == id)


def test_a_stage_host_has_nothing_to_mend() -> None:
    assert {finding.level for finding in examine_host(_facts())} == {"ok"}


@pytest.mark.parametrize(
    ("host", "id", "level", "words"),
    [
        (BARE, "engine", "fail", "there is no Docker"),
        (replace(HOST, docker="20.10.24"), "engine", "fail", "25 or newer"),
        (replace(HOST, docker=""), "engine", "fail", "does not run"),
        (replace(HOST, store="containerd"), "store", "ok", "containerd"),
        (replace(HOST, disk_free=2 * GB), "disk", "fail", "2.0 GB free"),
        (replace(HOST, disk_free=5 * GB), "disk", "warn", "a stage wants"),
        (replace(HOST, memory=1 * GB), "memory", "fail", "3.0 GB more"),
        (replace(HOST, memory=2 * GB), "memory", "warn", "2.0 GB more"),
        (replace(HOST, listening={443: "nginx"}), "ports", "fail", "taken by nginx"),
        (replace(HOST, listening={443: "docker-proxy"}), "ports", "ok", "container"),
        (replace(HOST, listening={443: ""}), "ports", "info", "only root"),
        (BARE, "access", "warn", "passwords"),
        (replace(HOST, sshd=None), "access", "info", "only root"),
        (replace(HOST, filtering=False), "firewall", "warn", "none of stagekit's"),
        (replace(HOST, daemon="{}"), "settings", "warn", "log rotation and no live-restore"),
    ],
)
def test_what_is_amiss_is_found(host: HostFacts, id: str, level: str, words: str) -> None:
    finding = _one(_facts(host), id)
    assert finding.level == level and words in finding.what
    assert finding.fix or level in ("ok", "info")


def test_who_may_not_use_docker_is_told_how() -> None:
    plain = replace(HOST, is_root=False, docker="", login=Account("ana", there=True))
    assert _one(_facts(plain), "engine").fix == "on the host, as root: usermod -aG docker ana"


@pytest.mark.parametrize(("ahead", "level"), [(0.0, "ok"), (30.0, "warn"), (-30.0, "warn"), (3600.0, "fail")])
def test_a_clock_that_differs_is_found(ahead: float, level: str) -> None:
    assert _one(_facts(ahead=ahead), "clock").level == level


def test_names_that_do_not_resolve_say_what_to_add_to_the_dns() -> None:
    finding = _one(_facts(names={"app.shop.example": (), "api.shop.example": ()}), "names")
    assert finding.level == "fail" and finding.fix == "add to the DNS: *.shop.example to 192.0.2.7"


def test_names_that_lead_elsewhere_are_no_failure_as_a_proxy_may_stand_there() -> None:
    assert _one(_facts(names={"app.shop.example": ("198.51.100.1",)}), "names").level == "warn"


def test_names_of_this_machine_are_well() -> None:
    assert _one(_facts(names={"app.localhost": ()}), "names").level == "ok"


def test_without_a_stage_ports_and_names_are_not_checked() -> None:
    findings = examine_host(_facts(port=0, names={}))
    assert [finding.id for finding in findings if finding.level == "info"] == ["ports", "names"] and is_well(findings)


def test_the_fix_names_root_at_the_same_machine() -> None:
    loose = replace(HOST, sshd=Sshd((22,), True, False, "yes", 0, True))
    assert _one(_facts(loose), "access").fix == "stagekit host init ssh://root@shop.example:2222"
