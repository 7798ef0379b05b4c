from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from core_fakes import CASES

from stagekit.cli import main as cli
from stagekit.doctor import Finding
from stagekit.doors import machine
from stagekit.report.doctor import doctor_json, doctor_text, is_well

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an engine and without a network."""
    for key in [key for key in os.environ if key.startswith(("STAGEKIT_", "DOCKER_"))]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    monkeypatch.setattr(machine, "trust", lambda url, bundle, **options: "unreachable")


def examined(folder: Path, capsys: Printed) -> dict[str, Finding]:
    assert cli.main(["--project-directory", str(folder), "doctor", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    return {row["id"]: Finding(**row) for row in document["findings"]}


@pytest.mark.usefixtures("bare")
def test_without_an_engine_the_doctor_says_so_and_goes_on_with_the_project(tmp_path: Path, capsys: Printed) -> None:
    shutil.copytree(CASES / "doctor" / "foreign", tmp_path / "foreign")
    found = examined(tmp_path / "foreign", capsys)
    assert (found["engine"].level, found["compose"].level, found["disk"].level != "info") == ("fail", "info", True)
    assert found["engine"].fix
    assert found["fixed-port"].where == "compose.yaml:7"
    assert found["migration"].where == "jobs/start.sh:4"


@pytest.mark.usefixtures("bare")
def test_outside_a_project_the_machine_is_checked_all_the_same(tmp_path: Path, capsys: Printed) -> None:
    found = examined(tmp_path, capsys)
    assert found["project"].level == "fail"
    assert "fixed-port" not in found and "memory" in found


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("file", "text", "id", "where"),
    [
        ("compose.yaml", "services: [", "definition", "compose.yaml:2:1"),
        ("compose.yaml", "x-stagekit: {version: 9}", "definition", "compose.yaml:1"),
        (".env.local", "STAGEKIT_PROT=1", "settings", ".env.local:1"),
        # pytest puts ids into the environment, where a key is found, too
        pytest.param(".env.local", "K=sk_live_abcdefghijkl", "live-stripe-key", ".env.local:1", id="live key"),
        ("compose.yaml", "services: {a: {image: '${IMAGE:?}'}}", "missing-variable", "compose.yaml:1"),
        ("compose.yaml", "services: {a: {image: x, environment: {SMTP_HOST: mx.test}}}", "mail-host", "compose.yaml:1"),
    ],
)
def test_what_cannot_be_read_is_a_finding_with_its_place(
    file: str, text: str, id: str, where: str, tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}")
    (tmp_path / file).write_text(f"{text}\n")
    found = examined(tmp_path, capsys)
    assert (found[id].level, found[id].where) == ("fail", where)
    assert "abcdefghijkl" not in repr(found)
    assert "memory" in found


FINDINGS = (
    Finding("engine", "ok", "Docker 26.1.5"),
    Finding("names", "info", "unknown here", fix="install it"),
    Finding("bind-mount", "warn", "web mounts ./src", "compose.yaml:8", "COPY it"),
)


def test_findings_are_one_line_each_then_what_to_type() -> None:
    assert doctor_text(FINDINGS) == (
        "engine     ✓ Docker 26.1.5\n"
        "names      · unknown here\n"
        "bind-mount → web mounts ./src  (compose.yaml:8)\n"
        "\n"
        "next: names: install it\n"
        "next: bind-mount at compose.yaml:8: COPY it\n"
        "\n"
        "1 to mend before others rely on it"
    )


def test_a_project_that_is_well_says_so() -> None:
    assert doctor_text(FINDINGS[:1]).splitlines()[-1] == "nothing to mend"


def test_only_a_failure_is_no_good_end() -> None:
    failed = Finding("port", "fail", "taken", fix="end it")
    assert is_well(FINDINGS)
    assert not is_well((*FINDINGS, failed))
    assert doctor_json((failed,)) == {
        "ok": False,
        "findings": [{"id": "port", "level": "fail", "what": "taken", "where": "", "fix": "end it"}],
    }
