"""Sleep, proxies and the end of a stage, as far as no host is needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from core_fakes import FakeFolder, model, service
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import Block
from stagekit.compose.block import Edge
from stagekit.doors.belongings import Belongings, is_of
from stagekit.doors.forward import LocalForward, free_port
from stagekit.errors import ReleaseError
from stagekit.report.destroy import destroys_text
from stagekit.switching import asleep
from stagekit.switching.asleep import Asleep
from stagekit.switching.sleep import layers


def test_the_shop_wakes_in_order_of_dependency_and_the_edge_last() -> None:
    shop = model(
        service("postgres"),
        service("migrate", after=["postgres"]),
        service("backend", done=["migrate"]),
        service("edge"),
        service("worker", after=["postgres"]),
        block=Block(version=1, edge=Edge(service="edge")),
    )
    # What runs once does not wake, and still says what comes before what.
    found = layers(shop, {"postgres", "backend", "edge", "worker"})
    assert found == [("postgres",), ("backend", "worker"), ("edge",)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25))
def test_whatever_waits_for_whom_everything_is_started_once_and_never_before_what_it_waits_for(
    pairs: list[tuple[int, int]],
) -> None:
    waits = [(f"s{max(pair)}", f"s{min(pair)}") for pair in pairs if pair[0] != pair[1]]
    names = [f"s{number}" for number in range(10)]
    of = model(*(service(name, after=sorted({to for who, to in waits if who == name})) for name in names))
    found = layers(of, names)
    at = {name: number for number, layer in enumerate(found) for name in layer}
    assert sorted(at) == names and sum(map(len, found)) == 10
    assert all(at[to] < at[who] for who, to in waits)


def test_services_that_wait_for_each_other_are_started_all_the_same() -> None:
    circle = model(service("a", after=["b"]), service("b", after=["a"]))
    assert layers(circle, ["a", "b"]) == [("a", "b")]


def test_what_is_written_down_of_a_sleep_comes_back_and_holds_switches_up() -> None:
    folder = FakeFolder()
    asleep.refuse(folder)
    told = Asleep(by="ana", at="2026-11-24T09:00:00Z", containers={"shop-web-1": "always"})
    asleep.write(folder, told)
    assert asleep.read(folder) == told
    with pytest.raises(ReleaseError) as raised:
        asleep.refuse(folder)
    assert raised.value.slug == "stage-asleep" and "by ana" in raised.value.evidence[0][1]
    asleep.forget(folder)
    assert asleep.read(folder) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"by": "ana"}'])
def test_a_sleep_that_cannot_be_read_is_not_taken_for_being_awake(text: str) -> None:
    with pytest.raises(ReleaseError):
        asleep.read(FakeFolder({"asleep.json": text}))


@pytest.mark.parametrize(
    ("name", "labels", "ours"),
    [
        ("shop-staging_data", {"com.docker.compose.project": "shop-staging"}, True),
        ("anything", {"com.docker.compose.project": "shop-staging"}, True),
        ("shop-staging_stagekit-snapshots", None, True),
        ("shop-staging_stagekit-snapshots", {}, True),
        ("shop-staging_data", None, False),
        ("shop-staging_b_data", {"com.docker.compose.project": "shop-staging_b"}, False),
        ("shop-staging_stagekit-b_data", {"com.docker.compose.project": "shop-staging_stagekit-b"}, False),
        ("loose", None, False),
    ],
)
def test_a_volume_is_a_stages_by_its_label_or_by_a_name_that_only_stagekit_gives(
    name: str, labels: dict[str, str] | None, ours: bool
) -> None:
    assert is_of({"Name": name, "Labels": labels}, "shop-staging") is ours


def test_what_would_be_destroyed_is_counted_and_volumes_are_named() -> None:
    found = Belongings(("1", "2"), ("net",), ("shop_data", "shop_mail"), ())
    assert destroys_text("staging", found).splitlines()[:3] == [
        "staging: 2 containers, 1 network, 2 volumes, 0 images, and its records would be taken away",
        "  shop_data",
        "  shop_mail",
    ]


@pytest.fixture
def echo() -> Iterator[int]:
    """A port that sends back what it gets, once its other side has said all."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(whole(connection))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def said(port: int, content: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as own:
        own.sendall(content)
        own.shutdown(socket.SHUT_WR)
        return whole(own)


def whole(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_a_forward_carries_everything_both_ways_and_listens_no_more_once_closed(echo: int) -> None:
    forward = LocalForward(0)
    forward.lead("127.0.0.1", echo)
    assert said(forward.port, b"x" * 300_000) == b"x" * 300_000
    nowhere = free_port(0)
    forward.lead("127.0.0.1", nowhere)
    assert said(forward.port, b"") == b"", "where nobody answers it ends, and goes on listening"
    forward.lead("127.0.0.1", echo)
    assert said(forward.port, b"again") == b"again"
    forward.close()
    with pytest.raises(ConnectionRefusedError):
        said(forward.port, b"")


def test_a_port_that_is_taken_is_another_one(echo: int) -> None:
    assert free_port(echo) != echo
