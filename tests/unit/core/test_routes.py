from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stagekit.stage.routes import Routes, Server, free, read_routes, read_slots, serving

CASES = Path(__file__).resolve().parents[2] / "cases" / "edge"
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True).filter(lambda name: not name.endswith("-next"))
CONTAINERS = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)


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
