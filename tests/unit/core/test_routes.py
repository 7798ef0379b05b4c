from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stagekit.doors.edge import old_workers
from stagekit.stage.routes import (
    AS_THE_EDGE_HAS_IT,
    NOBODY,
    Routes,
    Server,
    free,
    merged,
    read_routes,
    read_slots,
    serving,
    with_ports,
)

CASES = Path(__file__).resolve().parents[2] / "cases" / "edge"
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True).filter(lambda name: not name.endswith("-next"))
CONTAINERS = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)


def test_a_reload_knows_addresses_that_are_not_part_of_the_routes() -> None:
    found = Routes({"api": Server("shop-backend-3", 8000), "mail": Server("mailpit", 8025)})
    text = found.render({"shop-backend-3": "172.18.0.5"})
    assert "    server a shop-backend-3:8000 init-addr 172.18.0.5,none\n" in text
    assert "    server a mailpit:8025\n" in text
    assert read_routes(text) == found


@given(st.dictionaries(NAMES, st.builds(Server, CONTAINERS, st.integers(1, 65535))))
def test_what_is_written_for_the_edge_is_what_is_read_back(servers: dict[str, Server]) -> None:
    assert read_routes(Routes(servers).render()) == Routes(servers)


def test_the_first_file_of_the_edge_leads_every_name_to_its_service() -> None:
    kit = Path(__file__).resolve().parents[3] / "stagekit/kit/edge/names/20-backends.cfg"
    found = read_routes(kit.read_text(encoding="utf-8"))
    assert found.servers["api"] == Server("backend", 8000)
    assert found.servers.keys() == {"app", "api", "auth", "mail", "prefect", "stripe"}


def test_slots_tell_what_serves_and_what_is_free() -> None:
    slots = read_slots((CASES / "servers-state.txt").read_text(), (CASES / "stat.csv").read_text())
    api = serving(slots, "api")
    assert api is not None
    assert (api.slot, api.host, api.address, api.up) == ("a", "shop-backend-3", "10.214.16.11", True)
    other = free(slots, "api")
    assert other is not None
    assert (other.slot, other.host, other.up, other.sessions) == ("b", "shop-backend-2", False, 0)
    assert serving(slots, "api-next") is None


def test_what_comes_next_may_listen_elsewhere_while_what_serves_goes_on() -> None:
    first = Routes({"api": Server("backend", 9000), "mail": Server("mailpit", 8025)})
    found = merged(first, {"api": Server("shop-backend-1", 8000), "gone": Server("shop-search-1", 7000)})
    assert found.servers == {"api": Server("shop-backend-1", 8000), "mail": Server("mailpit", 8025)}
    assert found.render().count(f"{NOBODY}:9000 disabled") == 2
    assert read_routes(found.render()).servers == found.servers


def test_a_port_that_only_the_edge_knows_is_that_of_its_files() -> None:
    first = Routes({"api": Server("backend", 9000)})
    assert with_ports(first, {"api": Server("shop-backend-2", AS_THE_EDGE_HAS_IT)})["api"].port == 9000
    assert with_ports(first, {"api": Server("shop-backend-1", 8000)})["api"].port == 8000


def test_processes_from_before_a_reload_are_counted_while_they_are_there() -> None:
    said = (CASES / "show-proc.txt").read_text()
    assert old_workers(said) == 1
    before = said.partition("# old workers")[0]
    assert old_workers(before + "# programs\n\n") == 0
    assert old_workers(f"{before}# old workers\n7 worker 2 0d 3.0\n9 worker 1 0d 3.0\n# programs\n") == 2
