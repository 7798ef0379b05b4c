"""The rehearsal host: made, kept, changed and removed for real."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import time
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.bootstrap.rehearsal import Rehearsal
from stagekit.settings import read_lines
from stagekit.testing.rehearsal import RehearsalHost, read, rehearsal
from stagekit.testing.stage import run_stagekit
from tests.support.drop_ins import ca_bundle, wait_until

MEGABYTE = 1 << 20


def _docker(engine: Engine, *words: str) -> str:
    done = subprocess.run([engine.docker, *words], env=engine.env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _container(engine: Engine, host: RehearsalHost) -> str:
    project = Rehearsal(host.directory.resolve(), host.name).project
    return _docker(engine, "ps", "--quiet", "--no-trunc", "--filter", f"label=com.docker.compose.project={project}")


def test_the_stages_settings_lead_to_it_and_nothing_else_does(rehearsal_host: RehearsalHost) -> None:
    text = (rehearsal_host.directory / f".env.{rehearsal_host.stage}").read_text()
    assert read_lines("env", text).values == {
        "STAGEKIT_HOST": rehearsal_host.address,
        "STAGEKIT_SSH_CONFIG": ".stagekit/rehearsal/tests/ssh_config",
        "STAGEKIT_PORT": str(rehearsal_host.port),
        "STAGEKIT_DOMAIN": f"{rehearsal_host.stage}.localhost",
        "STAGEKIT_BIND": "0.0.0.0",
    }


def test_it_trusts_what_this_machine_trusts(rehearsal_host: RehearsalHost) -> None:
    bundle = ca_bundle()
    if bundle is None:
        pytest.skip("this machine has no bundle of certificates")
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert rehearsal_host.run("sha256sum", "/etc/ssl/certs/ca-certificates.crt").stdout.split()[0] == digest


def test_its_keys_are_for_nobody_elses_eyes(rehearsal_host: RehearsalHost) -> None:
    folder = rehearsal_host.config.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    private = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("id_ed25519", "host_ed25519")}
    assert private == {"id_ed25519": 0o600, "host_ed25519": 0o600}


def test_its_private_host_key_is_in_no_description_of_the_container(
    engine: Engine, rehearsal_host: RehearsalHost
) -> None:
    private = (rehearsal_host.config.parent / "host_ed25519").read_text().splitlines()[1]
    assert private not in _docker(engine, "inspect", _container(engine, rehearsal_host))


def test_it_is_a_whole_machine(rehearsal_host: RehearsalHost) -> None:
    done = rehearsal_host.run("systemctl", "is-system-running", "--wait", timeout=60)
    assert done.stdout.strip() == "running", rehearsal_host.run("systemctl", "--failed").stdout
    assert rehearsal_host.run("docker", "info", "--format", "{{.Driver}}", user="deploy").stdout == "overlay2\n"


def test_its_ports_are_on_loopback_only(engine: Engine, rehearsal_host: RehearsalHost) -> None:
    published = _docker(engine, "port", _container(engine, rehearsal_host)).splitlines()
    ssh, edge = rehearsal_host.target.port, rehearsal_host.port
    assert published == [f"22/tcp -> 127.0.0.1:{ssh}", f"{edge}/tcp -> 127.0.0.1:{edge}"]


def test_up_again_changes_nothing(engine: Engine, rehearsal_host: RehearsalHost) -> None:
    before = _container(engine, rehearsal_host)
    done = rehearsal_host.stagekit("rehearsal", "up", "--name", "tests")
    assert done.returncode == 0 and _container(engine, rehearsal_host) == before
    assert read(rehearsal_host.directory, "tests") == rehearsal_host


def test_it_comes_back_after_a_restart_as_it_was(engine: Engine, rehearsal_host: RehearsalHost) -> None:
    assert rehearsal_host.run("touch", "/root/mark").ok
    _docker(engine, "restart", _container(engine, rehearsal_host))
    done = rehearsal_host.stagekit("rehearsal", "up", "--name", "tests")
    assert done.returncode == 0, done.stderr
    assert rehearsal_host.run("cat", "/root/mark").ok


def test_it_comes_back_with_the_engine(engine: Engine, rehearsal_host: RehearsalHost) -> None:
    policy = _docker(
        engine, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", _container(engine, rehearsal_host)
    )
    assert policy == "unless-stopped"


def test_the_link_is_held_to_a_rate_both_ways_and_let_go(rehearsal_host: RehearsalHost) -> None:
    assert rehearsal_host.stagekit("rehearsal", "up", "--name", "tests", "--rate", "40mbit").returncode == 0
    try:
        with rehearsal_host.connect() as host:
            # 10 MB take 2.1 s at 40 Mbit/s; buffers on the way swallow some of it.
            began = time.monotonic()
            assert host.run(["sh", "-c", "cat >/dev/null"], input=bytes(10 * MEGABYTE)).ok
            sent = time.monotonic() - began
            began = time.monotonic()
            assert len(host.run(["head", "-c", str(10 * MEGABYTE), "/dev/zero"]).stdout) == 10 * MEGABYTE
            received = time.monotonic() - began
    finally:
        done = rehearsal_host.stagekit("rehearsal", "up", "--name", "tests", "--rate", "none")
    assert 1.5 < sent < 6 and 1.5 < received < 6
    assert done.returncode == 0 and "tbf" not in rehearsal_host.run("tc", "qdisc").stdout


def test_a_rate_that_is_none_is_an_error_that_says_so(rehearsal_host: RehearsalHost) -> None:
    done = rehearsal_host.stagekit("rehearsal", "up", "--name", "tests", "--rate", "fast")
    try:
        assert done.returncode == 1 and "[rehearsal-link]" in done.stderr, done.stderr
    finally:
        assert rehearsal_host.stagekit("rehearsal", "up", "--name", "tests", "--rate", "none").returncode == 0


def test_status_says_how_it_is(rehearsal_host: RehearsalHost) -> None:
    done = rehearsal_host.stagekit("rehearsal", "status", "--name", "tests", "--json")
    assert done.returncode == 0
    [row] = json.loads(done.stdout)
    assert (row["state"], row["address"], row["port"]) == ("ready", rehearsal_host.address, rehearsal_host.port)


def test_a_command_runs_there_as_root(rehearsal_host: RehearsalHost) -> None:
    done = rehearsal_host.stagekit("rehearsal", "ssh", "--name", "tests", "--", "id -un; exit 3")
    assert (done.stdout, done.returncode) == ("root\n", 3)


def test_a_second_one_keeps_its_images_in_containerds_store_and_is_gone_without_a_trace(
    engine: Engine, rehearsal_host: RehearsalHost, rehearsal_checkout: Path
) -> None:
    with rehearsal(rehearsal_checkout, "second", "--store", "containerd") as second:
        shown = second.run("docker", "info", "--format", "{{json .DriverStatus}}", user="deploy").stdout
        assert "io.containerd.snapshotter.v1" in shown
        assert second.port != rehearsal_host.port and second.target != rehearsal_host.target
        wait_until(lambda: second.stagekit("host", "check", "--stage", second.stage).returncode == 0, "it is fit")
        project = Rehearsal(rehearsal_checkout.resolve(), "second").project
    label = f"label=com.docker.compose.project={project}"
    assert _docker(engine, "ps", "--all", "--quiet", "--filter", label) == ""
    assert _docker(engine, "volume", "ls", "--quiet", "--filter", label) == ""
    assert not second.config.parent.exists()
    assert not (rehearsal_checkout / f".env.{second.stage}").exists()


def test_down_leaves_a_persons_own_settings(rehearsal_checkout: Path) -> None:
    own = rehearsal_checkout / ".env.rehearsal-none"
    own.write_text("MINE=1\n")
    try:
        assert run_stagekit(rehearsal_checkout, "rehearsal", "down", "--name", "none").returncode == 0
        assert own.read_text() == "MINE=1\n"
    finally:
        own.unlink()


@pytest.mark.parametrize("deed", ["ssh", "status"])
def test_one_that_was_never_made_is_an_error_that_says_how(rehearsal_checkout: Path, deed: str) -> None:
    done = run_stagekit(rehearsal_checkout, "rehearsal", deed, "--name", "never")
    assert done.returncode == 1
    assert "stagekit rehearsal up --name never" in done.stdout + done.stderr
