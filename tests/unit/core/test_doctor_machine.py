from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from stagekit.doctor import CaFacts, EngineFacts, Finding, MachineFacts, PortFacts, examine_machine, machine
from stagekit.doctor.finding import from_error
from stagekit.errors import EngineError, StagekitError

GB = 10**9
ENGINE = EngineFacts("unix:///run/x.sock", "embedded", "26.1.5", "2.26.1-4", "0.13.1+ds1", memory=8 * GB)
CA = CaFacts("example.test", "trusted")
WELL = MachineFacts(
    engine=ENGINE,
    memory=8 * GB,
    memory_free=4 * GB,
    disk_folder="/data",
    disk_free=50 * GB,
    ca=CA,
    port=PortFacts(8642, free=True),
    names={"app.localhost": True},
)


def of(check: Callable[[MachineFacts], Finding], **changes: object) -> Finding:
    return check(replace(WELL, **changes))  # type: ignore[arg-type]


def engine(**changes: object) -> EngineFacts:
    return replace(ENGINE, **changes)  # type: ignore[arg-type]


def test_a_machine_that_is_well_is_told_line_by_line() -> None:
    found = examine_machine(WELL)
    assert [finding.id for finding in found] == [
        "engine",
        "compose",
        "buildx",
        "disk",
        "memory",
        "port",
        "names",
        "ca",
        "clock",
    ]
    assert {finding.level for finding in found} == {"ok"}


def test_a_machine_without_an_engine_says_what_to_type_and_goes_on() -> None:
    found = {finding.id: finding for finding in examine_machine(replace(WELL, engine=None))}
    assert found["engine"].level == "fail"
    assert "stagekit up" in found["engine"].fix
    assert {found[id].level for id in ("compose", "buildx", "clock")} == {"info"}
    assert found["disk"].level == "ok"


def test_an_engine_that_cannot_be_used_gives_its_own_reason_and_fix() -> None:
    finding = of(machine.engine, engine=EngineError("Docker Engine 20 is too old", next="upgrade Docker"))
    assert (finding.level, finding.what, finding.fix) == ("fail", "Docker Engine 20 is too old", "upgrade Docker")


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("2.26.0", "ok"),
        ("v2.40.1-desktop.1", "ok"),
        ("5.0.0", "ok"),
        ("2.25.9", "fail"),
        ("1.29.2", "fail"),
        ("", "fail"),
    ],
)
def test_compose_must_be_new_enough(version: str, level: str) -> None:
    assert of(machine.compose, engine=engine(compose=version)).level == level


@pytest.mark.parametrize(("version", "level"), [("0.13.1+ds1", "ok"), ("0.9.1", "fail"), ("", "fail")])
def test_buildx_must_be_new_enough(version: str, level: str) -> None:
    assert of(machine.buildx, engine=engine(buildx=version)).level == level


@pytest.mark.parametrize(("free", "level"), [(50 * GB, "ok"), (9 * GB, "warn"), (2 * GB, "fail")])
def test_a_full_disk_is_told_before_a_build_fails(free: int, level: str) -> None:
    finding = of(machine.disk, disk_free=free)
    assert finding.level == level
    assert bool(finding.fix) == (level != "ok")


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ok"),
        ({"engine": engine(memory=2 * GB)}, "warn"),
        ({"memory_free": GB // 2}, "warn"),
        ({"engine": None, "memory": 2 * GB}, "warn"),
        ({"engine": None, "memory": 0, "memory_free": 0}, "info"),
    ],
)
def test_little_memory_is_a_warning(changes: dict[str, object], level: str) -> None:
    assert of(machine.memory, **changes).level == level


@pytest.mark.parametrize(
    ("port", "level"),
    [
        (None, "info"),
        (PortFacts(8642, free=True), "ok"),
        (PortFacts(8642, free=False, ours=True), "ok"),
        (PortFacts(8642, free=False, by="python3 (pid 7)"), "info"),
        (PortFacts(8642, free=False, asked=True), "fail"),
    ],
)
def test_a_taken_port_fails_only_where_somebody_asked_for_it(port: PortFacts | None, level: str) -> None:
    assert of(machine.port, port=port).level == level


def test_who_holds_the_port_is_named() -> None:
    assert "python3 (pid 7)" in of(machine.port, port=PortFacts(8642, free=False, by="python3 (pid 7)")).what


@pytest.mark.parametrize(
    ("names", "level"),
    [
        ({}, "ok"),
        ({"app.localhost": True}, "ok"),
        ({"app.localhost": False, "api.localhost": False}, "info"),
        ({"app.example.test": False}, "warn"),
    ],
)
def test_names_under_localhost_are_only_worth_knowing(names: dict[str, bool], level: str) -> None:
    assert of(machine.names, names=names).level == level


@pytest.mark.parametrize(
    ("ca", "level"),
    [
        (CA, "ok"),
        (CaFacts("x", "unreachable"), "info"),
        (CaFacts("x", "refused"), "fail"),
        (CaFacts("x", "refused", "/ca.pem", True, "refused"), "fail"),
        (CaFacts("x", "refused", "/ca.pem", True, "trusted"), "ok"),
        (CaFacts("x", "trusted", "/ca.pem", False), "fail"),
    ],
)
def test_a_network_that_inspects_tls_must_be_trusted_by_builds(ca: CaFacts, level: str) -> None:
    finding = of(machine.ca, ca=ca)
    assert finding.level == level
    assert ("STAGEKIT_CA_FILE" in finding.fix) == (level == "fail")


@pytest.mark.parametrize(("ahead", "level"), [(0.9, "ok"), (-30, "warn"), (30, "warn"), (-600, "fail"), (600, "fail")])
def test_clocks_that_differ_are_told_with_the_direction(ahead: float, level: str) -> None:
    finding = of(machine.clock, engine=engine(ahead=ahead))
    assert finding.level == level
    if level != "ok":
        assert ("before" if ahead > 0 else "behind") in finding.what


def test_every_finding_that_is_not_well_has_a_fix() -> None:
    sick = MachineFacts(
        engine=engine(compose="1.0.0", buildx="", ahead=900, memory=GB),
        memory=GB,
        memory_free=GB,
        disk_folder="/",
        disk_free=0,
        ca=CaFacts("x", "refused"),
        port=PortFacts(80, free=False, asked=True),
        names={"app.example.test": False},
    )
    found = examine_machine(sick)
    assert [finding.id for finding in found if finding.level in ("warn", "fail") and not finding.fix] == []
    assert len([finding for finding in found if finding.level in ("warn", "fail")]) == 8


def test_an_error_is_a_finding_for_each_place_it_names() -> None:
    error = StagekitError(
        "the settings have 2 problems", evidence=[(".env:1", "one"), ("", "x"), (".env:2", "two")], next="y"
    )
    assert [finding.where for finding in from_error("settings", error)] == [".env:1", ".env:2"]
    assert from_error("settings", StagekitError("broken", next="y")) == [Finding("settings", "fail", "broken", fix="y")]
