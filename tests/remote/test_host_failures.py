"""Each way in which a host cannot be reached is an error within 15 s that says which: name, route, port or key."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.hosts import connect, reach
from stagekit.cli.place import open_place
from stagekit.errors import HostError
from stagekit.hosts import Target
from stagekit.testing.rehearsal import RehearsalHost
from tests.support.drop_ins import wait_until
from tests.support.openssh import config, make_key

LIMIT = 15.0
DROPPED, REJECTED = 2299, 2298
# Rules of the machine's own, so that nothing leaves it.
WALL = f"""
iptables -I INPUT -p tcp --dport {DROPPED} -j DROP
iptables -I INPUT -p tcp --dport {REJECTED} -j REJECT --reject-with icmp-host-unreachable
"""


@contextmanager
def _fails(slug: str) -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(HostError) as failed:
        yield
    assert time.monotonic() - began < LIMIT
    assert failed.value.slug == slug, failed.value.evidence


@pytest.fixture(scope="module")
def inside(rehearsal_host: RehearsalHost) -> str:
    """The machine's address on the engine's bridge, where some ports are walled off."""
    assert rehearsal_host.run("sh", "-c", WALL).ok
    shown = rehearsal_host.run("ip", "-4", "-oneline", "address", "show", "eth0").stdout
    return shown.split()[3].split("/")[0]


def _at(host: RehearsalHost, user: str = "deploy") -> Target:
    return Target("127.0.0.1", user, host.target.port)


def test_a_name_that_does_not_resolve(engine: Engine) -> None:
    with _fails("host-name"):
        reach(Target("staging.invalid", "deploy"))


def test_a_port_where_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _fails("host-port"):
        reach(Target("127.0.0.1", "deploy", port))


def test_an_address_that_swallows_everything(inside: str) -> None:
    with _fails("host-silence"):
        reach(Target(inside, "deploy", DROPPED))


def test_a_host_that_is_off(inside: str) -> None:
    with _fails("host-route"):
        reach(Target(inside, "deploy", REJECTED))


def test_a_port_that_takes_the_connection_and_never_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, _fails("host-silence"):
        reach(Target("127.0.0.1", "deploy", silent.getsockname()[1]))


def test_a_host_whose_key_is_not_known(rehearsal_host: RehearsalHost, tmp_path: Path) -> None:
    nobody = config(tmp_path / "config", f"UserKnownHostsFile {tmp_path}/known", "StrictHostKeyChecking no")
    with _fails("host-host-key"):
        reach(_at(rehearsal_host), nobody)
    assert not (tmp_path / "known").exists()


def test_a_host_whose_key_has_changed(rehearsal_host: RehearsalHost, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{rehearsal_host.target.port} {other}")
    with _fails("host-host-key"):
        reach(_at(rehearsal_host), config(tmp_path / "config", f"UserKnownHostsFile {tmp_path}/known"))


def test_a_key_that_the_host_does_not_know(rehearsal_host: RehearsalHost, tmp_path: Path) -> None:
    key = make_key(tmp_path / "other")
    known = rehearsal_host.config.parent / "known_hosts"
    wrong = config(tmp_path / "config", f"IdentityFile {key}", "IdentitiesOnly yes", f"UserKnownHostsFile {known}")
    with _fails("host-key"):
        reach(_at(rehearsal_host), wrong)


def test_a_user_who_may_not_use_docker(rehearsal_host: RehearsalHost, monkeypatch: pytest.MonkeyPatch) -> None:
    made = "useradd --create-home plain && cp -r /home/deploy/.ssh /home/plain/ && chown -R plain: /home/plain/.ssh"
    assert rehearsal_host.run("sh", "-c", made).ok
    try:
        environ = {"STAGEKIT_HOST": f"ssh://plain@127.0.0.1:{rehearsal_host.target.port}"}
        with _fails("host-permission"):
            connect(open_place(rehearsal_host.directory, stage=rehearsal_host.stage, environ=environ))
    finally:
        rehearsal_host.run("userdel", "--remove", "plain")


def test_a_user_who_may_not_log_in_at_all_is_shown_what_the_host_says(rehearsal_host: RehearsalHost) -> None:
    made = "useradd --create-home --shell /usr/local/bin/away shut && cp -r /home/deploy/.ssh /home/shut/"
    shell = "printf '#!/bin/sh\\necho This account is not available.\\n' >/usr/local/bin/away"
    assert rehearsal_host.run(
        "sh", "-c", f"{shell}; chmod 755 /usr/local/bin/away; {made} && chown -R shut: /home/shut"
    ).ok
    try:
        with pytest.raises(HostError) as failed:
            reach(_at(rehearsal_host, "shut"), rehearsal_host.config)
        assert "not available" in failed.value.evidence[-1][1]
    finally:
        rehearsal_host.run("userdel", "--remove", "shut")


def test_a_machine_without_an_ssh_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with _fails("host-program"):
        reach(Target("127.0.0.1", "deploy"))


def test_a_stage_that_names_no_host(rehearsal_host: RehearsalHost) -> None:
    with _fails("host-not-named"):
        connect(open_place(rehearsal_host.directory, environ={}))


def test_a_configuration_file_that_is_not_there(rehearsal_host: RehearsalHost) -> None:
    environ = {"STAGEKIT_SSH_CONFIG": "nowhere"}
    with _fails("host-ssh-config"):
        connect(open_place(rehearsal_host.directory, stage=rehearsal_host.stage, environ=environ))


def test_a_connection_that_the_host_ends_under_way(rehearsal_host: RehearsalHost) -> None:
    with rehearsal_host.connect() as host, _fails("host-lost"):
        far = host.start(["sleep", "600"])
        wait_until(lambda: host.run(["pgrep", "-f", "sleep 600"]).ok, "it runs")
        rehearsal_host.run("pkill", "-f", "sshd.*deploy@notty")
        host.run(["sleep", "600"])
        far.end()


def test_a_connection_on_which_nothing_comes_back_any_more(rehearsal_host: RehearsalHost, inside: str) -> None:
    """Packets of one connection are dropped at the machine, both ways: a cable that was pulled."""
    with reach(Target("127.0.0.1", "root", rehearsal_host.target.port), rehearsal_host.config) as control:
        with rehearsal_host.connect() as host:
            port = host.run(["sh", "-c", "echo $SSH_CONNECTION"]).stdout.split()[1]
            rule = ["-p", "tcp", "--dport", "22", "--sport", port, "-j", "DROP"]
            assert control.run(["iptables", "-I", "INPUT", *rule]).ok
            back = ["-p", "tcp", "--sport", "22", "--dport", port, "-j", "DROP"]
            assert control.run(["iptables", "-I", "OUTPUT", *back]).ok
            with _fails("host-lost"):
                host.run(["true"])
        assert control.run(["iptables", "-D", "INPUT", *rule]).ok
        assert control.run(["iptables", "-D", "OUTPUT", *back]).ok


def test_a_program_that_takes_too_long_is_given_up(rehearsal_host: RehearsalHost) -> None:
    with rehearsal_host.connect() as host, _fails("host-lost"):
        host.run(["sleep", "600"], timeout=1)
