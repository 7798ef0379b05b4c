from __future__ import annotations

import re

import pytest
from core_fakes import model, service
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import Block, Port
from stagekit.stage import Address, choose_port, preferred_port, project_name, urls

PATHS = st.text(min_size=1, max_size=60).map(lambda text: f"/{text}")


def test_two_checkouts_have_different_names_and_ports() -> None:
    one, two = "/home/ana/shop", "/home/ana/shop-2"
    assert project_name(one) != project_name(two)
    assert preferred_port(one) != preferred_port(two)


def test_folders_of_one_name_in_two_places_are_two_projects() -> None:
    assert project_name("/a/shop") != project_name("/b/shop")


def test_a_trailing_slash_does_not_lose_the_folders_name() -> None:
    assert project_name("/home/ana/shop/").startswith("shop-")


@given(PATHS)
def test_a_project_name_is_one_that_compose_takes(path: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", project_name(path))


@given(PATHS)
def test_a_checkout_always_asks_for_the_same_port_in_range(path: str) -> None:
    assert 8600 <= preferred_port(path) <= 9599
    assert preferred_port(path) == preferred_port(path)


@given(PATHS, st.sets(st.integers(8600, 9599), max_size=40))
def test_a_chosen_port_is_free_and_in_range(path: str, taken: set[int]) -> None:
    port = choose_port(path, lambda number: number not in taken)
    assert port not in taken
    assert 8600 <= port <= 9599


def test_the_preferred_port_is_chosen_when_it_is_free() -> None:
    assert choose_port("/x", lambda number: True) == preferred_port("/x")


def test_the_search_wraps_round_and_gives_up_at_the_preferred_port() -> None:
    first = preferred_port("/x")
    before = first - 1 if first > 8600 else 9599
    assert choose_port("/x", lambda number: number == before) == before
    assert choose_port("/x", lambda number: False) == first


@pytest.mark.parametrize(
    ("scheme", "port", "url"),
    [
        ("http", 80, "http://app.example.test"),
        ("https", 443, "https://app.example.test"),
        ("http", 443, "http://app.example.test:443"),
        ("https", 8642, "https://app.example.test:8642"),
    ],
)
def test_the_schemes_own_port_is_left_out(scheme: str, port: int, url: str) -> None:
    assert Address(scheme, "example.test", port).url("app") == url


def test_a_path_follows_the_authority() -> None:
    assert Address("http", "localhost", 8642).url("api", "/docs") == "http://api.localhost:8642/docs"


def test_names_of_the_block_are_the_addresses() -> None:
    block = Block.model_validate({"version": 1, "names": {"app": {"service": "web"}}})
    found = urls(model(service("web"), block=block), Address("http", "localhost", 8642))
    assert found == {"app": "http://app.localhost:8642"}


def test_published_ports_are_the_addresses_where_there_is_no_block() -> None:
    web = service("web", ports=(Port(80, "8080"), Port(81, "8081")))
    found = urls(model(web, service("db", ports=(Port(5432),))), Address("http", "localhost", 8642))
    assert found == {"web": "http://localhost:8080"}
