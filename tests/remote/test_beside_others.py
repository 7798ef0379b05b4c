"""What a stage meets at its host: a port that somebody has, names that lead elsewhere, a second stage of the same
project, and https that comes later. In order: each goes on from the one before."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.doors.http import client, get
from stagekit.doors.network import port_is_free
from tests.remote.promote_fixtures import SmallStage, standing
from tests.remote.test_stage_sleep import everything
from tests.support.drop_ins import wait_until
from tests.support.load import Load
from tests.support.private import run_seeing

pytestmark = pytest.mark.engine

SECOND = "second"
# A program that has a port, as somebody's web server does.
HOLD = "systemd-run --quiet --unit holds-{port} /usr/sbin/sshd -D -p {port} -o PidFile=none"
OTHERS = """
set -e
tar -ch /usr/bin/sleep $(ldd /usr/bin/sleep | grep -o '/[^ ]*') 2>/dev/null | docker import - others/web:1
docker run --detach --restart always --name others others/web:1 /usr/bin/sleep infinity
"""


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product, built, on a host where somebody else's container runs."""
    with standing(engine, tmp_path_factory.mktemp("beside") / "small", "promote", "tls") as found:
        assert found.host.run("sh", "-c", OTHERS, user="deploy").ok
        yield found


@contextmanager
def held(stage: SmallStage, port: int) -> Iterator[None]:
    """Somebody has the port of the host for the length of a block."""
    assert stage.host.run("sh", "-c", HOLD.format(port=port)).ok
    try:
        yield
    finally:
        assert stage.host.run("systemctl", "stop", f"holds-{port}").ok


@dataclass(frozen=True)
class Both:
    """Two stages of one project at one host.

    port  of the second one's edge, at the host and, by a tunnel, on this machine's loopback
    """

    stage: SmallStage
    port: int

    def second(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb about the second one."""
        return self.stage.stagekit(verb, "--stage", SECOND, *words)

    def second_page(self) -> str:
        """What the second one answers."""
        return get(f"http://app.{SECOND}.localhost:{self.port}", "/")[1].strip()


@contextmanager
def tunnel(stage: SmallStage, port: int) -> Iterator[None]:
    """A port of the host is the same one of this machine, as if people could reach it."""
    words = ["ssh", "-F", str(stage.host.config), "-p", str(stage.host.target.port), "-N"]
    both = f"127.0.0.1:{port}:127.0.0.1:{port}"
    process = subprocess.Popen([*words, "-o", "ExitOnForwardFailure=yes", "-L", both, "deploy@127.0.0.1"])
    try:
        wait_until(lambda: not port_is_free(port), "the tunnel is there")
        yield
    finally:
        process.kill()
        process.wait()


def running(stage: SmallStage, name: str) -> dict[str, str]:
    """The containers of a stage and when each was started, by ID."""
    label = f"label=com.docker.compose.project={open_place(stage.folder, stage=name).project}"
    listed = stage.host.run("docker", "ps", "--quiet", "--no-trunc", "--filter", label, user="deploy").stdout.split()
    told = stage.host.run("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *listed, user="deploy")
    return dict(line.split() for line in told.stdout.splitlines())


def test_a_port_that_somebody_has_is_told_before_anything_changes(stage: SmallStage) -> None:
    with held(stage, stage.port):
        before = everything(stage)
        planned = stage.there("plan")
        assert planned.returncode == 0, planned.stderr
        told = f"ports: {stage.port} of the host, for http (STAGEKIT_PORT), is taken; free it there"
        assert told in planned.stdout and everything(stage) == before
        refused = stage.there("promote", "--yes")
        assert refused.returncode == 1 and "[port-taken]" in refused.stderr, refused.stdout + refused.stderr
        assert told.removeprefix("ports: ") in refused.stderr and everything(stage) == before
    done = stage.there("promote", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ports:" not in done.stdout and stage.page() == "one small"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "192.0.2.7 app.staging.test",
            "app.staging.test leads to 192.0.2.7, and the host is 127.0.0.1; right where",
        ),
        ("", "app.staging.test does not resolve; add to the DNS: *.staging.test to 127.0.0.1"),
    ],
)
def test_names_that_lead_elsewhere_are_told_and_nothing_changes(
    stage: SmallStage, tmp_path: Path, line: str, told: str
) -> None:
    before, hosts = everything(stage), Path("/etc/hosts")
    (tmp_path / "hosts").write_text(f"{hosts.read_text()}\n{line}\n")
    words = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(stage.folder)]
    done = run_seeing(
        {hosts: tmp_path / "hosts"},
        [*words, "plan", "--stage", stage.name],
        env={**os.environ, "STAGEKIT_DOMAIN": "staging.test"},
    )
    assert done.returncode == 0 and f"names: {told}" in done.stdout, done.stdout
    assert everything(stage) == before


@pytest.fixture(scope="module")
def both(stage: SmallStage) -> Iterator[Both]:
    """The stage, and a second one of the same project, promoted too."""
    port = next(port for port in range(stage.port + 1, 65535) if port_is_free(port))
    text = (stage.folder / f".env.{stage.name}").read_text()
    for old, new in ((f"PORT={stage.port}", f"PORT={port}"), (f"{stage.name}.local", f"{SECOND}.local")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (stage.folder / f".env.{SECOND}").write_text(f"{text}NAME=beside\n")
    with tunnel(stage, port):
        found = Both(stage, port)
        done = found.second("promote", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        yield found


def test_two_stages_of_a_project_are_switched_each_for_itself(both: Both) -> None:
    stage = both.stage
    assert stage.page() == "one small" and both.second_page() == "one beside"
    first, second = running(stage, stage.name), running(stage, SECOND)
    stage.edit('VERSION = "one"', 'VERSION = "two"')
    stage.commit("two")
    stage.build()
    with Load(stage.port, stage.authority, ["/"], slow="/slow") as load:
        done = both.second("promote", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert load.tally.failed == 0 and set(load.tally.answered) == {200}, load.tally.failures
    assert stage.page() == "one small" and both.second_page() == "two beside"
    assert running(stage, stage.name) == first and running(stage, SECOND) != second


def test_a_stage_that_serves_over_http_goes_on_over_https_once_that_is_set(both: Both) -> None:
    stage, second = both.stage, running(both.stage, SECOND)
    file = stage.folder / f".env.{stage.name}"
    file.write_text(f"STAGEKIT_SCHEME=https\nSTAGEKIT_TLS=own\n{file.read_text()}")
    assert stage.there("build").returncode == 0
    with held(stage, 80):
        told = stage.there("plan").stdout
        assert "ports: 80 of the host, for http (STAGEKIT_HTTP_PORT), is taken" in told, told
    planned = stage.there("plan").stdout
    assert "ports:" not in planned and "edge will be away for some seconds" in planned, planned
    refused = stage.there("promote", "--yes")
    assert refused.returncode == 1 and "--allow-downtime" in refused.stderr, refused.stdout + refused.stderr
    assert stage.host.run("docker", "ps", "--quiet", "--filter", "name=certificates").stdout == "", "nothing has begun"
    done = stage.there("promote", "--yes", "--allow-downtime")
    assert done.returncode == 0, done.stdout + done.stderr
    with client(f"https://{stage.authority}", trust=stage.there("trust", "--print").stdout) as http:
        assert http.get("/").text == "two small\n"
    assert running(stage, SECOND) == second and both.second_page() == "two beside"


def test_one_that_is_destroyed_leaves_the_other_and_everybody_else(both: Both) -> None:
    stage = both.stage
    first, before = running(stage, stage.name), everything(stage)
    trust = ssl.create_default_context(cadata=stage.there("trust", "--print").stdout)
    with Load(stage.port, stage.authority, ["/"], slow="/slow", tls=trust) as load:
        done = both.second("destroy", "--confirm", SECOND)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load.tally.failed == 0 and set(load.tally.answered) == {200}, load.tally.failures
    project, after = open_place(stage.folder, stage=SECOND).project, everything(stage)
    assert project in before and project not in after
    gone = set(before.splitlines()) - set(after.splitlines())
    assert [line for line in gone if project not in line] == []
    assert running(stage, stage.name) == first and " others running" in after
