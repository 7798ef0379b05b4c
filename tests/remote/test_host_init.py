"""A bare machine becomes a stage host, for real: in the order a person would do it, and never locking anyone out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.bootstrap.rehearsal import Rehearsal
from stagekit.cli.hosts import reach
from stagekit.errors import HostError
from stagekit.hosts.carry_out import arm, carry_out
from stagekit.hosts.scripts import WORDS, script, text_of
from stagekit.hosts.step import Step
from stagekit.testing.rehearsal import RehearsalHost
from tests.conftest import ROOT
from tests.remote.host_mistakes import STRICT, Quiet, lets_in, logins, shut_firewall, shut_sshd, sshd
from tests.support.drop_ins import wait_until
from tests.support.openssh import make_key

UNDO = "/var/lib/stagekit/undo.sh"


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public key of somebody whose private one is not here."""
    key = make_key(tmp_path_factory.mktemp("keys") / "stranger")
    key.unlink()
    return key.with_suffix(".pub")


@pytest.fixture(scope="module")
def interrupted(bare_host: RehearsalHost) -> None:
    """`host init` was killed while packages were unpacked there."""
    words = ["--project-directory", str(bare_host.directory), "host", "init", "--yes", "--stage", bare_host.stage]
    call = [sys.executable, "-m", "stagekit.cli.main", *words]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL) as init, bare_host.connect() as door:
        wait_until(lambda: door.run(["pgrep", "--exact", "dpkg"]).ok, "packages are unpacked")
        init.kill()
        wait_until(lambda: not door.run(["pgrep", "apt-get|dpkg"]).ok, "nothing of it goes on", seconds=10)


@pytest.fixture(scope="module")
def unproven(bare_host: RehearsalHost, interrupted: None, stranger: Path) -> subprocess.CompletedProcess[str]:
    """What `host init` said for a key that cannot be shown to work."""
    words = ["--user", "guest", "--key", str(stranger), "--yes", "--stage", bare_host.stage]
    return bare_host.stagekit("host", "init", *words)


@pytest.fixture(scope="module")
def made(bare_host: RehearsalHost, unproven: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """What `host init` said for the key that is used."""
    return bare_host.stagekit("host", "init", "--yes", "--stage", bare_host.stage)


@pytest.fixture
def host(bare_host: RehearsalHost, made: subprocess.CompletedProcess[str]) -> RehearsalHost:
    """The machine, once it is a stage host; its deploy user is who a stage comes as."""
    assert made.returncode == 0, made.stdout + made.stderr
    return replace(bare_host, address=bare_host.address.replace("root@", "deploy@"))


def test_the_plan_alone_changes_nothing(bare_host: RehearsalHost) -> None:
    done = bare_host.stagekit("host", "init", "--plan", "--stage", bare_host.stage)
    assert done.returncode == 0 and "install Docker" in done.stdout and "nothing was changed" in done.stdout
    assert not bare_host.run("sh", "-c", "command -v dockerd").ok


def test_without_a_terminal_and_without_yes_nothing_is_changed(bare_host: RehearsalHost) -> None:
    done = bare_host.stagekit("host", "init", "--stage", bare_host.stage)
    assert done.returncode == 1 and "add --yes" in done.stdout


def test_a_deployer_killed_under_way_leaves_nothing_that_the_next_run_does_not_mend(
    bare_host: RehearsalHost, unproven: subprocess.CompletedProcess[str]
) -> None:
    assert bare_host.run("dpkg", "--audit").stdout == ""
    assert bare_host.run("docker", "version").ok


def test_a_key_that_cannot_be_shown_to_work_leaves_sshd_and_firewall_alone(
    bare_host: RehearsalHost, unproven: subprocess.CompletedProcess[str]
) -> None:
    assert unproven.returncode == 1 and "[host-unproven]" in unproven.stderr, unproven.stderr
    assert sshd(bare_host)["passwordauthentication"] == "yes"
    assert bare_host.run("nft", "list", "table", "inet", "stagekit").code != 0


def test_the_second_run_does_only_what_was_left(made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stdout + made.stderr
    assert "install Docker" not in made.stdout and "sshd" in made.stdout and "firewall" in made.stdout


def test_a_further_run_finds_nothing_to_do(host: RehearsalHost) -> None:
    done = host.stagekit("host", "init", "--yes", "--stage", host.stage)
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stdout


def test_the_deploy_user_has_docker_and_no_password(host: RehearsalHost) -> None:
    with host.connect() as door:
        assert door.engine == "engine"
        assert door.run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.startswith("26.")
    assert host.run("getent", "shadow", "deploy").stdout.split(":")[1] == "*"


def test_only_keys_let_in(host: RehearsalHost) -> None:
    assert sshd(host) == STRICT


def test_logs_are_bounded_and_containers_outlive_the_engine(host: RehearsalHost) -> None:
    told = host.run("docker", "info", "--format", "{{.LiveRestoreEnabled}} {{.LoggingDriver}}").stdout
    assert told == "true json-file\n"


def test_upgrades_come_by_themselves_and_leave_docker_alone(host: RehearsalHost) -> None:
    asked = host.run("apt-config", "dump", "Unattended-Upgrade::Package-Blacklist").stdout
    assert '"^docker"' in asked and '"^containerd"' in asked


def test_the_check_has_nothing_to_mend(host: RehearsalHost) -> None:
    done = host.stagekit("host", "check", "--stage", host.stage)
    assert done.returncode == 0 and "nothing to mend" in done.stdout, done.stdout


@pytest.mark.parametrize("mistake", [shut_sshd, shut_firewall])
def test_a_change_that_lets_no_new_connection_in_is_undone_at_once(host: RehearsalHost, mistake: object) -> None:
    step = mistake(host)  # type: ignore[operator]  # one of the two above
    with host.connect("root") as door, pytest.raises(HostError) as refused:
        carry_out(door, [step], logins(host), Quiet(), undo_after=60)
    assert refused.value.slug == "host-unconfirmed" and "undone at once" in refused.value.what
    assert host.run("test", "-e", UNDO).code == 1
    assert sshd(host) == STRICT


def test_a_change_that_its_own_check_refuses_is_undone_at_once(host: RehearsalHost) -> None:
    undo = script("sshd-undo", BEFORE=text_of("sshd.conf"), INCLUDED="yes")
    step = Step("sshd", "misspell it", "a test wants it", script("sshd", TEXT="PasswordLogin no"), undo)
    with host.connect("root") as door, pytest.raises(HostError) as refused:
        carry_out(door, [step], logins(host), Quiet(), undo_after=60)
    assert "PasswordLogin" in "".join(text for _, text in refused.value.evidence)
    assert host.connect("deploy").close() is None and sshd(host) == STRICT


def test_a_deployer_who_dies_before_confirming_is_let_in_again_by_the_machine(host: RehearsalHost) -> None:
    step = shut_sshd(host)
    with host.connect("root") as door:
        assert door.run(WORDS, input=arm(step, 4)).ok
        assert door.run(WORDS, input=step.script).ok
        with pytest.raises(HostError):
            host.connect("deploy", within=3.0)
    wait_until(lambda: lets_in(host), "the machine has undone it", seconds=20)
    assert sshd(host) == STRICT and host.run("test", "-e", UNDO).code == 1


def test_a_machine_that_boots_before_the_change_is_confirmed_undoes_it_too(engine: Engine, host: RehearsalHost) -> None:
    step = shut_firewall(host)
    with host.connect("root") as door:
        assert door.run(WORDS, input=arm(step, 3)).ok
        assert door.run(WORDS, input=step.script).ok
    project = Rehearsal(host.directory.resolve(), host.name).project
    listed = ["ps", "--quiet", "--filter", f"label=com.docker.compose.project={project}"]
    container = subprocess.run([engine.docker, *listed], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([engine.docker, "restart", container], capture_output=True, check=True)
    wait_until(lambda: lets_in(host), "the machine has undone it", seconds=30)
    assert "22" in host.run("nft", "list", "table", "inet", "stagekit").stdout


def test_what_an_earlier_run_did_not_confirm_is_undone_before_anything_else(host: RehearsalHost) -> None:
    step = Step("note", "make a note", "a test wants it", "true", "touch /root/undone")
    with host.connect("root") as door:
        assert door.run(WORDS, input=arm(step, 600)).ok
    done = host.stagekit("host", "init", "--yes", "--stage", host.stage)
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stdout + done.stderr
    assert host.run("test", "-e", "/root/undone").ok and host.run("test", "-e", UNDO).code == 1


def test_published_ports_are_dockers_and_all_else_is_shut(host: RehearsalHost) -> None:
    rules = host.run("nft", "list", "ruleset").stdout
    assert "DOCKER-USER" in rules and "policy drop" in rules
    assert "tcp dport { 22, 80, 443 } accept" in rules


def test_the_firewall_is_there_again_after_a_boot(host: RehearsalHost) -> None:
    assert host.run("systemctl", "is-enabled", "stagekit-firewall.service").stdout == "enabled\n"


def test_a_second_person_is_let_in_and_shut_out_again(host: RehearsalHost, tmp_path: Path) -> None:
    key = make_key(tmp_path / "ben")
    keyed = _with_host(host)
    assert keyed("host", "add-key", str(key.with_suffix(".pub"))).returncode == 0
    assert keyed("host", "add-key", str(key.with_suffix(".pub"))).stdout.endswith("already\n")
    known = host.config.parent / "known_hosts"
    settings = tmp_path / "config"
    settings.write_text(f"IdentityFile {key}\nIdentitiesOnly yes\nUserKnownHostsFile {known}\n")
    reach(host.target, settings).close()
    assert keyed("host", "remove-key", str(key.with_suffix(".pub"))).returncode == 0
    with pytest.raises(HostError):
        reach(host.target, settings)


def test_the_key_without_which_nobody_could_come_back_stays(host: RehearsalHost, stranger: Path) -> None:
    keyed, own = _with_host(host), str(host.config.parent / "id_ed25519.pub")
    assert "[host-own-key]" in keyed("host", "remove-key", own).stderr
    assert keyed("host", "add-key", str(stranger)).returncode == 0
    refused = keyed("host", "remove-key", own)
    assert "was put back" in refused.stderr and "[host-own-key]" in refused.stderr
    assert keyed("host", "remove-key", str(stranger)).returncode == 0
    host.connect("deploy").close()


def test_a_user_with_sudo_is_as_good_as_root(host: RehearsalHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the images of Ubuntu and of clouds have one, where root cannot log in."""
    made = "apt-get install -qq -y --no-install-recommends sudo >/dev/null 2>&1 && useradd --create-home ubuntu"
    right = "echo 'ubuntu ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ubuntu"
    keyed = "cp -r /root/.ssh /home/ubuntu/ && chown -R ubuntu: /home/ubuntu/.ssh"
    assert host.run("sh", "-c", f"{made} && {keyed}", timeout=60).ok
    words = ["host", "init", "--yes", "--stage", host.stage]
    monkeypatch.setenv("STAGEKIT_HOST", f"ssh://ubuntu@127.0.0.1:{host.target.port}")
    refused = host.stagekit(*words)
    assert refused.returncode == 1 and "[host-needs-root]" in refused.stderr, refused.stdout + refused.stderr
    assert host.run("sh", "-c", f"{right}; rm /etc/ssh/sshd_config.d/00-stagekit.conf; systemctl reload ssh").ok
    done = host.stagekit(*words)
    assert done.returncode == 0 and "sshd" in done.stdout, done.stdout + done.stderr
    assert sshd(host) == STRICT
    assert "nothing to do" in host.stagekit(*words).stdout


def test_the_list_names_it_and_says_that_it_answers(host: RehearsalHost) -> None:
    done = host.stagekit("host", "list")
    assert any(line.startswith(host.stage) and line.endswith("answers") for line in done.stdout.splitlines())


def test_what_the_documents_say_undoes_it(host: RehearsalHost) -> None:
    """The last test here: afterwards the machine is none any more."""
    rows = re.findall(r"^\| (\w+) \| .* \| `(.+)` \|$", (ROOT / "docs" / "hosts.md").read_text(), re.MULTILINE)
    undo = {step: command for step, command in rows if step in ("upgrades", "sshd", "firewall")}
    assert undo.keys() == {"upgrades", "sshd", "firewall"}
    commands = "; ".join(undo.values()).replace("apt-get", "apt-get -qq -y")
    assert host.run("sh", "-c", commands, timeout=60).ok
    done = host.stagekit("host", "init", "--plan", "--stage", host.stage)
    assert re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE) == ["upgrades", "sshd", "firewall"]
    assert host.run("nft", "list", "table", "inet", "stagekit").code != 0


def _with_host(host: RehearsalHost) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line, for a stage that comes as the deploy user."""
    environ = {**os.environ, "STAGEKIT_HOST": host.address}
    return lambda *words: host.stagekit(*words, "--stage", host.stage, env=environ)
