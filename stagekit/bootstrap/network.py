"""The bridge, addresses and packet size of the embedded engine: chosen once, so that they collide with nothing here."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network
from pathlib import Path

from stagekit.bootstrap.places import Places

# Docker's own defaults lie in 172.17-31 and 192.168; these are looked at first, so that a Docker installed later, and
# an engine in a container of this one, find theirs free.
CANDIDATES = (
    *(IPv4Network(f"10.{n}.0.0/16") for n in range(214, 230)),
    *(IPv4Network(f"172.{n}.0.0/16") for n in range(31, 19, -1)),
    IPv4Network("192.168.128.0/17"),
)
ROUTES = Path("/proc/net/route")
INTERFACES = Path("/sys/class/net")
DEFAULT_MTU = 1500


@dataclass(frozen=True, slots=True)
class Route:
    """One IPv4 route of this machine."""

    interface: str
    to: IPv4Network
    metric: int


@dataclass(frozen=True, slots=True)
class Network:
    """What one embedded engine uses: a bridge of its own, and a pool that all its networks come from."""

    bridge: str
    pool: str

    @property
    def gateway(self) -> str:
        """The bridge's own address, the first of the pool; its network is the pool's first /24."""
        return str(IPv4Network(self.pool)[1])


def parse_routes(text: str) -> tuple[Route, ...]:
    """The routes in the form of /proc/net/route."""
    rows = (line.split() for line in text.splitlines()[1:])
    return tuple(Route(r[0], _network(r[1], r[7]), int(r[6])) for r in rows if len(r) >= 8)


def choose_pool(routes: Iterable[Route]) -> IPv4Network:
    """The first pool that no route of this machine leads into; the very first one where all are taken."""
    taken = [route.to for route in routes if route.to.prefixlen > 0]
    return next((pool for pool in CANDIDATES if not any(pool.overlaps(net) for net in taken)), CANDIDATES[0])


def default_interface(routes: Iterable[Route]) -> str:
    """The interface that leads to the rest of the world, or nothing."""
    ways = [route for route in routes if route.to.prefixlen == 0]
    return min(ways, key=lambda route: route.metric).interface if ways else ""


def interfaces_in(pool: str, routes: Iterable[Route]) -> tuple[str, ...]:
    """The interfaces whose own network lies in the pool."""
    inside = {route.interface for route in routes if route.to.prefixlen and route.to.subnet_of(IPv4Network(pool))}
    return tuple(sorted(inside))


def routes_here() -> tuple[Route, ...]:
    """The routes of this machine."""
    return parse_routes(ROUTES.read_text(encoding="ascii")) if ROUTES.is_file() else ()


def mtu_here(routes: Iterable[Route]) -> int:
    """The largest packet that leaves this machine whole. A bridge with more would stall large answers."""
    name = default_interface(routes)
    file = INTERFACES / name / "mtu"
    return int(file.read_text(encoding="ascii")) if name and file.is_file() else DEFAULT_MTU


def network_of(places: Places) -> Network:
    """The network of this engine: as written down, else chosen now and written down.

    It stays what it was, because the networks in the data root keep their addresses.
    """
    if known := read_network(places):
        return known
    network = Network(bridge=f"sk-{places.id}", pool=str(choose_pool(routes_here())))
    temporary = places.network_file.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(network)), encoding="utf-8")
    temporary.rename(places.network_file)
    return network


def read_network(places: Places) -> Network | None:
    """The network that was written down, if there is one."""
    if not places.network_file.is_file():
        return None
    return Network(**json.loads(places.network_file.read_text(encoding="utf-8")))


def _network(address: str, mask: str) -> IPv4Network:
    numbers = (struct.pack("<L", int(value, 16)) for value in (address, mask))
    return IPv4Network("/".join(socket.inet_ntoa(number) for number in numbers), strict=False)
