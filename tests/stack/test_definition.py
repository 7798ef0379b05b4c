"""The product's Compose files as Compose renders them: what every service promises, how a hosted stage differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.compose import ComposeDoor
from tests.conftest import ROOT

pytestmark = pytest.mark.engine

ONE_SHOTS = {"edge-files", "migrate", "seed"}
MIB = 1024 * 1024
# They read secrets on a hosted stage, where their variables name files.
SECRETIVE = ("backend", "worker", "migrate", "seed", "postgres", "prefect", "stripe")
HOSTED = {
    "STAGEKIT_STAGE": "staging",
    "STAGEKIT_SCHEME": "https",
    "STAGEKIT_DOMAIN": "staging.shop.example",
    "STAGEKIT_AUTHORITY": "staging.shop.example",
    "STAGEKIT_PORT": "443",
    "STAGEKIT_BIND": "0.0.0.0",
}


def rendered(engine: Engine, *files: str, **variables: str) -> dict[str, Any]:
    door = ComposeDoor(
        docker=engine.docker,
        host=engine.host,
        directory=ROOT,
        files=[ROOT / name for name in files],
        project="definition",
        variables={**engine.env, **variables},
    )
    return dict(json.loads(door.render()))


@pytest.fixture(scope="module")
def local(engine: Engine) -> dict[str, Any]:
    """The services of compose.yaml, with nothing set."""
    return dict(rendered(engine, "compose.yaml")["services"])


@pytest.fixture(scope="module")
def hosted(engine: Engine) -> dict[str, Any]:
    """The services of a hosted stage."""
    return dict(rendered(engine, "compose.yaml", "compose.staging.yaml", **HOSTED)["services"])


def test_every_service_that_stays_has_a_check_that_soon_means_ready(local: dict[str, Any]) -> None:
    checks = {name: service.get("healthcheck") for name, service in local.items() if name not in ONE_SHOTS}
    assert [name for name, check in checks.items() if not check] == []
    assert {name for name, check in checks.items() if check["start_interval"] not in ("300ms", "1s")} == set()
    assert {name for name, check in checks.items() if "start_period" not in check} == set()
    assert "127.0.0.1" in checks["postgres"]["test"]


def test_limits_of_all_services_together_fit_four_gibibytes(local: dict[str, Any]) -> None:
    limits = {name: service["deploy"]["resources"]["limits"] for name, service in local.items()}
    assert all(limit["cpus"] and limit["memory"] for limit in limits.values())
    assert sum(int(limit["memory"]) for limit in limits.values()) <= 4096 * MIB


def test_nothing_keeps_two_checkouts_from_running_side_by_side(local: dict[str, Any]) -> None:
    assert [name for name, service in local.items() if "container_name" in service] == []
    mounts = [mount for service in local.values() for mount in service.get("volumes", ())]
    assert {mount["type"] for mount in mounts} == {"volume"}
    published = {name: port for name, service in local.items() for port in service.get("ports", ())}
    assert published.keys() == {"edge", "postgres"}
    assert {port["host_ip"] for port in published.values()} == {"127.0.0.1"}


def test_images_of_others_carry_a_full_version(local: dict[str, Any]) -> None:
    foreign = [service["image"] for service in local.values() if "build" not in service]
    assert len(foreign) == 5
    assert [image for image in foreign if image.partition(":")[2] in ("", "latest") or "." not in image] == []


def test_one_shots_are_adopted_by_those_that_need_them(local: dict[str, Any]) -> None:
    adopted = {
        name
        for service in local.values()
        for name, edge in service.get("depends_on", {}).items()
        if edge["condition"] == "service_completed_successfully"
    }
    assert adopted == ONE_SHOTS


def test_a_hosted_stage_runs_the_same_services_and_differs_as_declared(
    local: dict[str, Any], hosted: dict[str, Any], engine: Engine
) -> None:
    same_address = rendered(engine, "compose.yaml", **HOSTED)["services"]
    assert hosted.keys() == local.keys()
    assert _differences(same_address, hosted) == {
        *((name, "logging") for name in local),
        *((name, key) for name in SECRETIVE for key in ("environment", "secrets")),
        ("edge-files", "environment"),
        ("edge-files", "secrets"),
        ("frontend", "environment"),
        ("postgres", "ports"),
        ("prefect", "command"),
    }


def test_https_adds_a_keeper_of_certificates_and_whom_to_trust_and_nothing_else(
    hosted: dict[str, Any], engine: Engine
) -> None:
    files = ("compose.yaml", "compose.staging.yaml", "compose.https.yaml")
    secure = rendered(engine, *files, **HOSTED, STAGEKIT_TLS="own")["services"]
    assert secure.keys() - hosted.keys() == {"certificates"}
    trusting = ("backend", "worker", "seed", "stripe", "auth")
    assert _differences(hosted, {name: secure[name] for name in hosted}) == {
        *((name, key) for name in trusting for key in ("environment", "volumes", "depends_on")),
        *(("edge", key) for key in ("environment", "ports", "healthcheck")),
        ("edge-files", "environment"),
    }
    assert secure["certificates"]["read_only"] and secure["certificates"]["cap_drop"] == ["ALL"]
    mounts = [m for name in trusting for m in secure[name]["volumes"] if m["source"] == "trust"]
    assert len(mounts) == len(trusting) and all(mount["read_only"] for mount in mounts)


def test_a_hosted_stage_hides_from_search_engines_and_keeps_its_database_to_itself(hosted: dict[str, Any]) -> None:
    assert hosted["frontend"]["environment"]["NOINDEX"] == "true"
    assert "ports" not in hosted["postgres"]
    assert hosted["backend"]["environment"]["APP_URL"] == "https://app.staging.shop.example"


def _differences(left: dict[str, Any], right: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (name, key)
        for name in left
        for key in left[name].keys() | right[name].keys()
        if left[name].get(key) != right[name].get(key)
    }
