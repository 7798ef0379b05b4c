"""Certificates by ACME on a real host: ordered through its edge, renewed under load, refused and tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from stagekit.bootstrap import Engine
from tests.remote.promote_fixtures import SmallStage, standing
from tests.remote.test_tls import PATHS, context, page, promoted, setting, status
from tests.support.acme import Acme, acme
from tests.support.load import Load
from tests.support.serial import serial_of

pytestmark = pytest.mark.engine

WITHIN = 120.0  # seconds: a certificate lives 60
GATEWAY = "ip -4 route show default | awk '{ print $3 }'"
OWN = "ip -4 route get 1.1.1.1 | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p'"


@dataclass(frozen=True)
class Certified:
    """A stage, the server that signs for it, and the host's address as that server sees it."""

    stage: SmallStage
    server: Acme
    address: str

    def serial(self) -> str:
        return serial_of(self.stage.port, f"app.{self.stage.name}.localhost")


@pytest.fixture(scope="module")
def certified(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    """The small product, promoted over https with a certificate of the server's."""
    with standing(engine, tmp_path_factory.mktemp("acme") / "small", "promote", "tls") as stage:
        here, there = (stage.host.run("sh", "-c", words).stdout.strip() for words in (GATEWAY, OWN))
        with acme(tmp_path_factory.mktemp("pebble"), here, there) as server:
            ca = server.roots.replace("\n", "\\n")
            setting(stage, "STAGEKIT_SCHEME=https", "STAGEKIT_TLS=acme", f"ACME_URL={server.url}", f"ACME_CA={ca}")
            promoted(stage)
            yield Certified(stage, server, there)


def wait_for(what: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not what():
        assert time.monotonic() < deadline, f"not within {WITHIN:g} s: {words}"
        time.sleep(0.5)


def test_the_first_promotion_ends_with_a_certificate(certified: Certified) -> None:
    assert page(certified.stage, certified.server.roots) == "one small\n"
    found = status(certified.stage)
    assert (found["mode"], found["problem"]) == ("acme", "") and found["issuer"].startswith("Pebble")


def test_it_is_renewed_under_load_with_nothing_lost(certified: Certified) -> None:
    first = certified.serial()
    stage = certified.stage
    with Load(stage.port, stage.authority, PATHS, tls=context(certified.server.roots)) as load:
        wait_for(lambda: certified.serial() != first, "another certificate")
    assert load.tally.failed == 0 and load.tally.requests > 1000, load.tally.failures


def test_names_that_lead_elsewhere_keep_the_old_one_and_are_tried_again(certified: Certified) -> None:
    certified.server.send_names_to("127.0.0.2")
    try:
        wait_for(lambda: status(certified.stage)["problem"] != "", "a refusal")
        found = status(certified.stage)
        kept = certified.serial()
        assert "refuses: " in found["problem"] and "goes on serving" in found["problem"] and found["again"]
        assert f"app.{certified.stage.name}.localhost" in found["problem"]
        assert page(certified.stage, certified.server.roots) == "one small\n"
        assert "✗ " in certified.stage.there("status").stdout
    finally:
        certified.server.send_names_to(certified.address)
    wait_for(lambda: certified.serial() != kept, "another certificate")
    assert status(certified.stage)["problem"] == ""
