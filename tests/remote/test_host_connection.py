"""The one connection of a command, against a real sshd."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from stagekit.cli.hosts import connect, reach
from stagekit.cli.place import open_place
from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError
from stagekit.hosts import Target
from stagekit.testing.rehearsal import RehearsalHost
from tests.support.drop_ins import wait_until
from tests.support.openssh import config

# The journal is asked to write down what sshd has told it so far.
ACCEPTED = "journalctl --sync; journalctl --unit ssh --output cat | grep -c 'Accepted publickey for deploy' || true"
DEPLOYER = """
import sys, time
from pathlib import Path
from stagekit.cli.hosts import reach
from stagekit.hosts import parse_target
with reach(parse_target(sys.argv[1]), Path(sys.argv[2])) as host:
    lock = host.start(["flock", "/tmp/lock", "sh", "-c", "echo held; sleep 4321"])
    lock.stdout.readline()
    deaf = host.start(["sh", "-c", "trap '' TERM HUP PIPE; while :; do sleep 4322; done"])
    print("ready", flush=True)
    time.sleep(600)
"""


def _accepted(host: RehearsalHost) -> int:
    return int(host.run("sh", "-c", ACCEPTED).stdout)


def test_the_stages_host_is_found_by_its_settings_and_its_engine_answers(rehearsal_host: RehearsalHost) -> None:
    place = open_place(rehearsal_host.directory, stage=rehearsal_host.stage)
    with connect(place) as host:
        api = docker.APIClient(base_url=host.engine_host)
        assert api.version()["Version"].startswith("26.")
        assert host.run(["docker", "info", "--format", "{{.ID}}"]).stdout.strip() == api.info()["ID"]
        api.close()


def test_a_command_makes_one_connection(rehearsal_host: RehearsalHost) -> None:
    before = _accepted(rehearsal_host)
    with rehearsal_host.connect() as host:
        api = docker.APIClient(base_url=host.engine_host)
        for _ in range(3):
            assert host.run(["true"]).ok
            api.images()
        api.close()
    done = rehearsal_host.stagekit("host", "check", "--stage", rehearsal_host.stage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _accepted(rehearsal_host) - before == 2


def test_words_reach_the_host_as_they_are_and_bytes_too(rehearsal_host: RehearsalHost) -> None:
    words = ["a b", "$HOME", "'\"`;|&", "", "ä\n"]
    with rehearsal_host.connect() as host:
        assert host.run(["printf", "%s|", *words]).stdout == "".join(f"{word}|" for word in words)
        far = host.start(["cat"])
        far.stdin.write(bytes(range(256)) * 4096)
        assert host.run(["sh", "-c", "cat >&2; exit 7"], input="told").code == 7
        far.end()


def test_a_program_that_ends_with_255_is_no_lost_connection(rehearsal_host: RehearsalHost) -> None:
    with rehearsal_host.connect() as host:
        assert host.run(["sh", "-c", "exit 255"]).code == 255


def test_what_a_shell_prints_as_it_starts_is_no_obstacle(rehearsal_host: RehearsalHost) -> None:
    noise = "sed -i '1i echo welcome; echo stagekit' /home/deploy/.bashrc"
    assert rehearsal_host.run("sh", "-c", noise).ok
    try:
        with rehearsal_host.connect() as host:
            assert host.engine == "engine"
    finally:
        rehearsal_host.run("sed", "-i", "1d", "/home/deploy/.bashrc")


def test_a_jump_host_of_the_persons_configuration_is_gone_through(
    rehearsal_host: RehearsalHost, tmp_path: Path
) -> None:
    """The machine behind is reached under an address that only the jump host knows: its own loopback."""
    folder = rehearsal_host.config.parent
    known = (folder / "known_hosts").read_text()
    inside = known.replace(known.split()[0], "127.0.0.2")
    (tmp_path / "known_hosts").write_text(known + inside)
    jumping = config(
        tmp_path / "config",
        "Host *",
        f"  IdentityFile {folder}/id_ed25519",
        f"  UserKnownHostsFile {tmp_path}/known_hosts",
        "Host gate",
        "  HostName 127.0.0.1",
        f"  Port {rehearsal_host.target.port}",
        "  User deploy",
        "Host behind",
        "  HostName 127.0.0.2",
        "  HostKeyAlias 127.0.0.2",
        "  User deploy",
        "  ProxyJump gate",
    )
    with reach(Target("behind"), jumping) as host:
        assert host.run(["sh", "-c", "echo ${SSH_CONNECTION% *}"]).stdout.split()[2] == "127.0.0.2"
        api = docker.APIClient(base_url=host.engine_host)
        assert api.ping()
        api.close()


def test_a_killed_deployer_leaves_nothing_behind(rehearsal_host: RehearsalHost) -> None:
    words = [sys.executable, "-c", DEPLOYER, rehearsal_host.address, str(rehearsal_host.config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as deployer:
        assert deployer.stdout and deployer.stdout.readline() == "ready\n"
        assert _clients(deployer.pid)
        os.kill(deployer.pid, signal.SIGKILL)
    wait_until(lambda: not _clients(deployer.pid), "no SSH client of the deployer is left", seconds=5)
    with rehearsal_host.connect() as host:
        wait_until(lambda: not host.run(["pgrep", "-f", "sleep 432[12]"]).ok, "no program is left", seconds=5)
        assert host.run(["flock", "--nonblock", "/tmp/lock", "true"]).ok


def test_a_closed_connection_leaves_nothing_behind(rehearsal_host: RehearsalHost) -> None:
    with rehearsal_host.connect() as host:
        host.start(["sleep", "4323"])
        wait_until(lambda: host.run(["pgrep", "-f", "sleep 4323"]).ok, "it runs")
    # Other tests of this session may have a host, and a connection to it, of their own.
    ours = str(rehearsal_host.config)
    wait_until(lambda: not any(ours in line for line in _clients(os.getpid())), "no client is left", seconds=5)
    with rehearsal_host.connect() as host:
        wait_until(lambda: not host.run(["pgrep", "-f", "sleep 4323"]).ok, "it has ended", seconds=5)


def test_a_password_may_be_typed_where_a_person_is_asked(
    rehearsal_host: RehearsalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "useradd --create-home guest; echo guest:open | chpasswd"
    assert rehearsal_host.run("sh", "-c", made).ok
    answer = tmp_path / "answer"
    answer.write_text("#!/bin/sh\necho open\n")
    answer.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(answer))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    known = rehearsal_host.config.parent / "known_hosts"
    typed = config(tmp_path / "config", "PubkeyAuthentication no", f"UserKnownHostsFile {known}")
    target = Target("127.0.0.1", "guest", rehearsal_host.target.port)
    try:
        with reach(target, typed, ask=True) as host:
            assert host.run(["id", "-un"]).stdout == "guest\n"
        with pytest.raises(HostError) as refused:
            reach(target, typed)
        assert refused.value.slug == "host-key"
    finally:
        rehearsal_host.run("userdel", "--remove", "guest")


def test_the_folder_of_a_killed_deployer_is_swept_by_the_next(rehearsal_host: RehearsalHost) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = Path(f"/tmp/stagekit-ssh-{ended.pid}-left")
    left.mkdir()
    with rehearsal_host.connect():
        assert not left.exists()


def test_a_door_can_be_opened_once_and_closed_twice(rehearsal_host: RehearsalHost) -> None:
    target = rehearsal_host.target
    door = SshDoor(target.words(), config=rehearsal_host.config)
    with door, door:
        assert door.alive()
    assert not door.alive()
    door.close()


def _clients(pid: int) -> list[str]:
    """The command lines of SSH clients whose control socket is a deployer's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if line.startswith("ssh ") and f"/tmp/stagekit-ssh-{pid}-" in line:
            found.append(line)
    return found
