"""https on a real host: the stage's own authority, certificates that are given, and changes that lose nothing."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from keeper import authority
from stagekit.bootstrap import Engine
from stagekit.doors.http import client
from tests.remote.promote_fixtures import SmallStage, standing
from tests.remote.test_secrets import searched
from tests.support.load import Load
from tests.support.serial import serial_of

pytestmark = pytest.mark.engine

NOW = datetime.now(UTC)
PATHS = ["/", "/", "/", "/slow"]


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product, promoted over https with an authority of its own."""
    with standing(engine, tmp_path_factory.mktemp("tls") / "small", "promote", "tls") as found:
        setting(found, "STAGEKIT_SCHEME=https")
        promoted(found)
        yield found


def setting(stage: SmallStage, *lines: str) -> None:
    """Sets what is a person's own in the settings of the stage."""
    file = stage.folder / f".env.{stage.name}"
    keys = tuple(line.partition("=")[0] for line in lines)
    kept = [line for line in file.read_text().splitlines() if not line.startswith(keys)]
    file.write_text("\n".join([*lines, *kept]) + "\n")


def promoted(stage: SmallStage) -> str:
    built = stage.there("build")
    assert built.returncode == 0, built.stdout + built.stderr
    done = stage.there("promote", "--yes", "--allow-downtime")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def trusted(stage: SmallStage) -> str:
    """The authority's certificate."""
    done = stage.there("trust", "--print")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def page(stage: SmallStage, trust: str) -> str:
    with client(f"https://{stage.authority}", trust=trust) as http:
        return http.get("/").text


def context(trust: str) -> ssl.SSLContext:
    found = ssl.create_default_context(cadata=trust)
    found.set_alpn_protocols(["http/1.1"])
    return found


def status(stage: SmallStage) -> dict[str, str]:
    done = stage.there("status", "--json")
    found: dict[str, str] = json.loads(done.stdout)["hosted"]["certificate"]
    return found


def test_the_stage_speaks_https_by_an_authority_of_its_own(stage: SmallStage) -> None:
    assert page(stage, trusted(stage)) == "one small\n"
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        page(stage, "")
    found = status(stage)
    assert (found["mode"], found["problem"]) == ("own", "")
    assert found["issuer"] == f"stagekit stage {stage.name}.localhost"
    assert "certificate  by stagekit stage" in stage.there("status").stdout


def test_another_name_gets_no_certificate(stage: SmallStage) -> None:
    with (
        pytest.raises(httpx.ConnectError),
        client(f"https://other.{stage.name}.localhost:{stage.port}", trust=trusted(stage)) as http,
    ):
        http.get("/")


def test_http_is_sent_on_to_https(stage: SmallStage) -> None:
    ask = "exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET /a?b=c HTTP/1.0\\r\\nHost: app.x\\r\\n\\r\\n' >&3; cat <&3"
    said = stage.host.run("bash", "-c", ask).stdout
    assert " 308 " in said.splitlines()[0]
    assert f"location: https://{stage.authority}/a?b=c" in said.lower()
    health = stage.host.run("bash", "-c", ask.replace("/a?b=c", "/edge-health")).stdout
    assert " 200 " in health.splitlines()[0]


def test_a_promotion_over_https_loses_nothing(stage: SmallStage) -> None:
    stage.edit('VERSION = "one"', 'VERSION = "two"')
    stage.commit("two")
    trust = trusted(stage)
    with Load(stage.port, stage.authority, PATHS, tls=context(trust)) as load:
        said = promoted(stage)
    assert load.tally.failed == 0 and load.tally.requests > 200, load.tally.failures
    assert "before traffic moves" in said and page(stage, trust) == "two small\n"


def test_the_edge_has_its_certificate_after_a_reboot(stage: SmallStage) -> None:
    before = serial_of(stage.port, f"app.{stage.name}.localhost")
    edge = stage.host.run("docker", "ps", "--quiet", "--filter", "name=-edge-1").stdout.strip()
    assert stage.host.run("docker", "restart", edge).ok
    assert serial_of(stage.port, f"app.{stage.name}.localhost", within=30) == before


def test_a_certificate_is_exchanged_with_nothing_lost(stage: SmallStage, tmp_path: Path) -> None:
    root = authority.make(f"{stage.name}.localhost", NOW - timedelta(days=2))
    trust = authority.public_part(root) + trusted(stage)
    names = [f"app.{stage.name}.localhost"]
    setting(stage, "STAGEKIT_TLS=files")
    give(stage, authority.sign(root, names, NOW - timedelta(days=1)))
    promoted(stage)
    first = serial_of(stage.port, names[0])
    give(stage, authority.sign(root, names, NOW))
    with Load(stage.port, stage.authority, PATHS, tls=context(trust)) as load:
        done = stage.there("promote", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
    assert load.tally.failed == 0 and load.tally.requests > 200, load.tally.failures
    assert serial_of(stage.port, names[0]) != first
    assert status(stage)["mode"] == "files" and status(stage)["problem"] == ""


@pytest.mark.parametrize(
    ("days", "name", "told"),
    [(-100, "app", "the certificate expired on"), (5, "app", "is not valid before"), (0, "other", "is not for app.")],
)
def test_a_certificate_that_cannot_serve_is_refused_and_the_old_one_stays(
    stage: SmallStage, days: int, name: str, told: str
) -> None:
    before = serial_of(stage.port, f"app.{stage.name}.localhost")
    # The edge serves already: what is not well at once will not be.
    definition = stage.folder / "compose.https.yaml"
    definition.write_text(definition.read_text().replace("start_period: 30s", "start_period: 5s"))
    root = authority.make(f"{stage.name}.localhost", NOW - timedelta(days=200))
    give(stage, authority.sign(root, [f"{name}.{stage.name}.localhost"], NOW + timedelta(days=days)))
    done = stage.there("promote", "--yes")
    assert done.returncode == 4, done.stdout + done.stderr
    assert told in done.stderr and "serves as before" in done.stderr
    assert serial_of(stage.port, f"app.{stage.name}.localhost") == before


def test_no_key_stands_anywhere_but_in_volumes(stage: SmallStage) -> None:
    edge = stage.host.run("docker", "ps", "--quiet", "--filter", "name=-edge-1").stdout.strip()
    pem = stage.host.run("docker", "exec", edge, "cat", "/edge/certs/stage.pem").stdout
    line = pem[pem.index("PRIVATE KEY-----") :].splitlines()[1]
    assert len(line) == 64 and searched(stage, line) == ""


def give(stage: SmallStage, pem: str) -> None:
    done = stage.stagekit("secrets", "set", "tls-certificate", "--stage", stage.name, input=pem)
    assert done.returncode == 0, done.stderr
