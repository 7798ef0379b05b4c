"""Which engine a command uses."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from bootstrap_fakes import REFUSED, FakeMachine

from stagekit.bootstrap.answer import Answer
from stagekit.bootstrap.find import choose, find_engine
from stagekit.doors.local import Result
from stagekit.errors import EngineError

NEW = Answer("answers", "26.1.5+dfsg1")


def _refusal(fake: FakeMachine) -> EngineError:
    with pytest.raises(EngineError) as caught:
        find_engine(machine=fake.machine)
    return caught.value


def _use_context(fake: FakeMachine, name: str, host: str, *, tls: bool = False) -> Path:
    folder = fake.home / ".docker"
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts/meta" / digest
    meta.mkdir(parents=True)
    meta.joinpath("meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    folder.joinpath("config.json").write_text(json.dumps({"currentContext": name}))
    certificates = folder / "contexts/tls" / digest / "docker"
    if tls:
        certificates.mkdir(parents=True)
    return certificates


def _embed(fake: FakeMachine) -> None:
    tree = fake.machine.places.tree
    tree.mkdir(parents=True)
    (tree / "complete").touch()


def test_a_bare_machine_has_no_engine(fake: FakeMachine) -> None:
    assert find_engine(machine=fake.machine) is None


def test_the_machines_own_socket_is_used_where_it_answers(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    engine = find_engine(machine=fake.machine)
    assert engine is not None
    assert engine.kind == "system"
    assert engine.host == f"unix://{fake.root}/var/run/docker.sock"
    assert engine.docker == str(fake.root / "usr/bin/docker")
    assert (engine.version, engine.compose, engine.buildx) == ("26.1.5+dfsg1", "2.26.1-4", "0.13.1")
    assert engine.env["DOCKER_HOST"] == engine.host


def test_docker_host_wins_over_a_socket_that_answers(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    fake.sockets["/elsewhere.sock"] = Answer("answers", "29.0.1")
    fake.env["DOCKER_HOST"] = "unix:///elsewhere.sock"
    engine = find_engine(machine=fake.machine)
    assert engine is not None
    assert (engine.kind, engine.host, engine.version) == ("environment", "unix:///elsewhere.sock", "29.0.1")


def test_a_named_engine_that_does_not_answer_is_never_replaced(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    fake.env["DOCKER_HOST"] = "unix:///elsewhere.sock"
    error = _refusal(fake)
    assert error.slug == "engine-silent"
    assert "unset DOCKER_HOST" in error.next


def test_a_context_is_used_and_its_certificates_with_it(fake: FakeMachine) -> None:
    fake.client()
    certificates = _use_context(fake, "remote", "tcp://10.0.0.5:2376", tls=True)
    fake.processes._answer = lambda words: (
        Result(0, "27.3.1\n", "") if "version" in words else Result(0, '{"Version": "2.29.0"}', "")
    )
    engine = find_engine(machine=fake.machine)
    assert engine is not None
    assert (engine.kind, engine.host, engine.version) == ("context", "tcp://10.0.0.5:2376", "27.3.1")
    assert engine.env["DOCKER_CERT_PATH"] == str(certificates)


def test_a_context_that_is_stopped_names_the_context(fake: FakeMachine) -> None:
    fake.client()
    _use_context(fake, "desktop-linux", "unix:///home/x/.docker/desktop/docker.sock")
    error = _refusal(fake)
    assert error.slug == "engine-silent"
    assert ("named by", "docker context desktop-linux") in error.evidence


def test_a_context_that_is_not_there_says_so(fake: FakeMachine) -> None:
    fake.env["DOCKER_CONTEXT"] = "gone"
    assert _refusal(fake).slug == "engine-context"


def test_the_default_context_is_no_context(fake: FakeMachine) -> None:
    fake.env["DOCKER_CONTEXT"] = "default"
    assert find_engine(machine=fake.machine) is None


@pytest.mark.parametrize(
    "socket", [".docker/run/docker.sock", ".colima/default/docker.sock", ".orbstack/run/docker.sock"]
)
def test_engines_of_the_home_folder_are_found(fake: FakeMachine, socket: str) -> None:
    fake.client()
    fake.sockets[str(fake.home / socket)] = NEW
    engine = find_engine(machine=fake.machine)
    assert engine is not None
    assert engine.host == f"unix://{fake.home / socket}"


def test_a_rootless_engine_is_found_beside_a_socket_that_is_refused(fake: FakeMachine) -> None:
    fake.client()
    fake.uid = 1000
    fake.env["XDG_RUNTIME_DIR"] = "/run/user/1000"
    fake.system_socket(REFUSED)
    fake.sockets["/run/user/1000/docker.sock"] = NEW
    engine = find_engine(machine=fake.machine)
    assert engine is not None
    assert engine.host == "unix:///run/user/1000/docker.sock"


def test_a_refused_socket_names_the_docker_group(fake: FakeMachine) -> None:
    fake.uid = 1000
    fake.system_socket(REFUSED)
    error = _refusal(fake)
    assert error.slug == "engine-permission"
    assert "usermod -aG docker" in error.next


@pytest.mark.parametrize(
    ("sign", "command"),
    [
        ("usr/lib/systemd/system/docker.service", "sudo systemctl start docker"),
        ("usr/bin/dockerd", "sudo service docker start"),
        ("usr/bin/colima", "colima start"),
        ("Applications/Docker.app/x", "open -a Docker"),
        ("opt/docker-desktop/x", "systemctl --user start docker-desktop"),
    ],
)
def test_an_installed_engine_that_is_stopped_is_not_replaced(fake: FakeMachine, sign: str, command: str) -> None:
    fake.program(sign)
    error = _refusal(fake)
    assert error.slug == "engine-stopped"
    assert error.next.startswith(command)


def test_a_client_alone_is_no_installed_engine(fake: FakeMachine) -> None:
    fake.client()
    assert find_engine(machine=fake.machine) is None


def test_the_embedded_engine_comes_after_one_that_answers(fake: FakeMachine) -> None:
    fake.client()
    _embed(fake)
    fake.system_socket(NEW)
    choice = choose(fake.machine)
    assert choice is not None
    assert choice.kind == "system"


def test_the_embedded_engine_comes_before_one_that_is_stopped(fake: FakeMachine) -> None:
    fake.program("usr/bin/dockerd")
    _embed(fake)
    choice = choose(fake.machine)
    assert choice is not None
    assert choice.kind == "embedded"


def test_docker_host_of_the_embedded_engine_means_the_embedded_engine(fake: FakeMachine) -> None:
    fake.system_socket(NEW)
    _embed(fake)
    fake.env["DOCKER_HOST"] = fake.machine.places.host
    choice = choose(fake.machine)
    assert choice is not None
    assert choice.kind == "embedded"


def test_an_old_engine_is_refused(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(Answer("answers", "20.10.24"))
    error = _refusal(fake)
    assert error.slug == "engine-too-old"
    assert "20.10.24" in error.what


def test_an_engine_of_somebodys_own_build_is_believed(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(Answer("answers", "dev"))
    assert find_engine(machine=fake.machine) is not None


def test_an_old_compose_is_refused(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    fake.processes._answer = lambda words: Result(0, '{"Version": "v2.24.6"}', "")
    error = _refusal(fake)
    assert error.slug == "engine-plugin"
    assert "2.24.6" in error.what


def test_a_missing_plugin_is_named(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    (fake.root / "usr/libexec/docker/cli-plugins/docker-buildx").unlink()
    error = _refusal(fake)
    assert error.slug == "engine-plugin"
    assert "buildx" in error.what


def test_a_missing_client_is_named(fake: FakeMachine) -> None:
    fake.system_socket(NEW)
    assert _refusal(fake).slug == "engine-client"


def test_plugins_are_asked_once(fake: FakeMachine) -> None:
    fake.client()
    fake.system_socket(NEW)
    find_engine(machine=fake.machine)
    asked = len(fake.processes.commands)
    find_engine(machine=fake.machine)
    assert asked == 2
    assert len(fake.processes.commands) == asked
