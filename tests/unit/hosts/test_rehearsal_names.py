from __future__ import annotations

from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.bootstrap.rehearsal import Rehearsal, Wanted, settle
from stagekit.bootstrap.rehearsal.machine import compose_of
from stagekit.errors import EngineError, UsageError

HERE = Path("/srv/shop")
MAIN, SECOND = Rehearsal(HERE), Rehearsal(HERE, "second")


def _free(port: int) -> bool:
    return True


def _settle(kept: dict[str, object] | None = None, **said: object) -> Wanted:
    words: dict[str, object] = {"bare": None, "store": None, "rate": None, "usable": _free}
    return settle(MAIN, kept or {}, **(words | said))  # type: ignore[arg-type]


def test_the_one_without_a_name_carries_the_stage_rehearsal() -> None:
    assert (MAIN.stage, MAIN.env_file) == ("rehearsal", ".env.rehearsal")


def test_several_side_by_side_share_nothing() -> None:
    assert SECOND.stage == "rehearsal-second"
    for name in ("stage", "env_file", "folder", "project"):
        assert getattr(MAIN, name) != getattr(SECOND, name)
    assert MAIN.edge_port(_free) != SECOND.edge_port(_free)


def test_two_checkouts_have_machines_of_their_own() -> None:
    other = Rehearsal(Path("/srv/other/shop"))
    assert (other.project, other.ssh_port(_free)) != (MAIN.project, MAIN.ssh_port(_free))


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "../a", "a" * 21, "ä"])
def test_a_name_that_makes_no_stage_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        Rehearsal(HERE, name)


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    first = MAIN.ssh_port(_free)
    assert MAIN.ssh_port(lambda port: port != first) == 22000 + (first - 22000 + 1) % 1000


def test_sshd_is_published_below_the_ports_that_programs_leave_by() -> None:
    assert 22000 <= MAIN.ssh_port(_free) < 23000


def test_what_was_said_before_holds_until_something_else_is_said() -> None:
    before = _settle(store="containerd", rate="50mbit")
    assert _settle(before.as_dict()) == before
    assert _settle(before.as_dict(), rate="none").store == "containerd"
    assert _settle(before.as_dict(), store="classic").rate == "50mbit"


def test_a_machine_that_was_bare_becomes_a_host_when_asked() -> None:
    bare = _settle(bare=True)
    assert (bare.kind, bare.address) == ("bare", f"ssh://root@127.0.0.1:{bare.ssh_port}")
    host = _settle(bare.as_dict(), bare=False)
    assert (host.kind, host.user, host.ssh_port) == ("host", "deploy", bare.ssh_port)


def test_a_port_that_somebody_took_meanwhile_moves() -> None:
    before = _settle()
    moved = _settle(before.as_dict(), usable=lambda port: port not in (before.ssh_port, before.port))
    assert moved.ssh_port != before.ssh_port and moved.port != before.port


def test_a_state_file_of_other_contents_is_no_obstacle() -> None:
    assert _settle({"colour": "red"}) == _settle()


def test_an_engine_of_another_machine_is_refused_as_its_loopback_is_not_ours() -> None:
    engine = Engine("ssh://build.example.test", "docker", {}, "environment", "26.1.5", "2.26.1", "0.13.1")
    with pytest.raises(EngineError) as refused:
        compose_of(MAIN, engine, {})
    assert refused.value.slug == "engine-elsewhere"
