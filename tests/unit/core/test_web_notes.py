"""What is said of a stage's ports, and which files and settings https has, before anything changes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stagekit.cli.place import compose_files, open_place, tls_of, variables
from stagekit.cli.web import taken
from stagekit.report.hosted import certificate_lines
from stagekit.stage.certificate import CertificateStatus, read_status
from stagekit.stage.routes import read_routes

ROOT = Path(__file__).resolve().parents[3]
PORTS = {443: "https (STAGEKIT_PORT)", 80: "http (STAGEKIT_HTTP_PORT)"}
HOST = "ssh://deploy@staging.example.test"


@pytest.mark.parametrize(
    ("listening", "told"),
    [
        ({22: "sshd"}, []),
        ({80: "nginx"}, ["ports: 80 of the host, for http (STAGEKIT_HTTP_PORT), is taken by nginx; free it"]),
        ({443: ""}, ["ports: 443 of the host, for https (STAGEKIT_PORT), is taken; free it"]),
    ],
)
def test_a_port_that_somebody_has_is_named_with_what_it_is_for(listening: dict[int, str], told: list[str]) -> None:
    assert [line[: len(words)] for line, words in zip(taken(PORTS, listening), told, strict=True)] == told


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("compose.yaml", "compose.staging.yaml", "compose.https.yaml", "compose.https.files.yaml"):
        (tmp_path / name).write_text("services: {}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "tls", "files", "port"),
    [
        ({}, "off", 2, 0),
        ({"SCHEME": "https", "DOMAIN": "rehearsal.localhost"}, "own", 3, 443),
        ({"SCHEME": "https", "DOMAIN": "staging.example"}, "acme", 3, 443),
        ({"SCHEME": "https", "DOMAIN": "staging.example", "TLS": "files"}, "files", 4, 443),
        ({"SCHEME": "https", "DOMAIN": "staging.example", "TLS": "off", "PORT": "8080"}, "off", 2, 8080),
        ({"SCHEME": "http", "TLS": "own"}, "off", 2, 0),
    ],
)
def test_one_setting_says_where_the_certificate_comes_from(
    project: Path, settings: dict[str, str], tls: str, files: int, port: int
) -> None:
    given = {f"STAGEKIT_{key}": value for key, value in settings.items()}
    place = open_place(project, environ={**given, "STAGEKIT_HOST": HOST, "STAGEKIT_STAGE": "staging"})
    assert tls_of(place) == tls
    assert len(compose_files(place)) == files
    assert variables(place).get("STAGEKIT_TLS", "off") == tls
    assert not port or place.address.port == port


def test_this_machine_speaks_http_whatever_is_set(project: Path) -> None:
    place = open_place(project, environ={"STAGEKIT_SCHEME": "https"})
    assert tls_of(place) == "off" and len(compose_files(place)) == 1


def test_status_tells_of_a_certificate_and_of_what_is_wrong_with_it() -> None:
    names = ("app.staging.example", "api.staging.example")
    well = CertificateStatus(mode="acme", names=names, issuer="R11", begins="x", ends="2027-02-22T12:00:00Z")
    assert certificate_lines(well) == [
        "  certificate  by R11 (acme) for app.staging.example and 1 more, until 2027-02-22"
    ]
    none = CertificateStatus(mode="acme", names=names, problem="the server refuses", again="2026-11-24T12:05:00Z")
    assert certificate_lines(none) == [
        "  certificate  none yet (acme) for app.staging.example and 1 more: https answers nobody",
        "  ✗ the server refuses; again at 2026-11-24T12:05:00Z",
    ]


def test_what_a_keeper_has_not_finished_writing_is_no_status() -> None:
    assert read_status('{"mode": "own", "nam') is None
    assert read_status('{"mode": "own", "later": 1}') == CertificateStatus(mode="own")


def test_every_name_of_the_product_has_a_certificate_an_alias_and_a_backend() -> None:
    read = {name: yaml.safe_load((ROOT / name).read_text()) for name in ("compose.yaml", "compose.https.yaml")}
    names = set(read["compose.yaml"]["x-stagekit"]["names"])
    assert set(read["compose.https.yaml"]["services"]["certificates"]["environment"]["NAMES"].split()) == names
    aliases = read["compose.yaml"]["services"]["edge"]["networks"]["default"]["aliases"]
    assert {alias.partition(".")[0] for alias in aliases} == names
    edge = ROOT / "stagekit" / "kit" / "edge" / "names"
    assert set(read_routes((edge / "20-backends.cfg").read_text()).servers) == names
    lines = [line.split() for line in (edge / "open.map").read_text().splitlines() if line and line[0] != "#"]
    assert {word for _, word in lines} == {"all", "token"}
    assert {asked.partition("/")[0] for asked, _ in lines} <= names
