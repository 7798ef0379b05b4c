"""Which containers serve behind the edge: the file that it reads at its start, and the slots that it has at run time.

Each name of the stage has two slots, `a` and `b`, of which one serves; a switch puts the new container into the other.
`NAME-next` is the hidden way to a container that does not serve yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SLOTS = ("a", "b")
NEXT = "-next"
AS_THE_EDGE_HAS_IT = 0  # a port that only the edge's own files tell
NOBODY = "none.invalid"  # a name that no resolver knows (RFC 6761)
HEADER = """\
# Which containers serve, as the edge finds it at its start. Written by the promotions of this stage: a switch changes
# this file, and then the running edge.
"""
SERVER = re.compile(r"^    server a (\S+):(\d+)(?: init-addr \S+)?$")
BACKEND = re.compile(r"^backend (\S+)$")


@dataclass(frozen=True)
class Server:
    """Where a name of the stage leads: a container, by its name in Docker's DNS, and the port that it listens on."""

    container: str
    port: int

    def __str__(self) -> str:
        return f"{self.container}:{self.port}"


@dataclass(frozen=True)
class Routes:
    """What serves each name of the stage.

    next  the port of what a name leads to next, where that is another one
    """

    servers: Mapping[str, Server] = field(default_factory=dict)
    next: Mapping[str, int] = field(default_factory=dict)

    def render(self, addresses: Mapping[str, str] | None = None) -> str:
        """The edge's file. Slot `a` serves; the other one is free.

        addresses  of containers and services, by name, as the running edge knows them: a process that begins by a
                   reload has them from its first moment, and asks Docker's DNS for them only then
        """
        return HEADER + "".join(self._backends(name, addresses or {}) for name in sorted(self.servers))

    def _backends(self, name: str, addresses: Mapping[str, str]) -> str:
        server = self.servers[name]
        address = addresses.get(server.container, "")
        known = f" init-addr {address},none" if address else ""
        free = f"{NOBODY}:{self.next.get(name, server.port)} disabled"
        return f"""
backend {name}
    server a {server}{known}
    server b {free}

backend {name}{NEXT}
    server a {free}
"""


@dataclass(frozen=True)
class EdgeSeen:
    """The edge at one moment.

    kept     what it reads at its next start
    running  the container, or the service, that each name leads to now
    drains   the names whose old container may still be answering
    """

    kept: Routes = field(default_factory=Routes)
    running: Mapping[str, str] = field(default_factory=dict)
    drains: frozenset[str] = frozenset()

    def leads(self, name: str, server: Server) -> bool:
        """Whether a name leads to this server, now and after a restart."""
        return self.kept.servers.get(name) == server and self.running.get(name) == server.container


@dataclass(frozen=True)
class Slot:
    """One slot of the running edge.

    name      of the stage, such as `api` or `api-next`
    host      the name that it looks up, empty where it has none
    address   what that name is now, empty while it is unknown
    up        whether its health check passes
    takes     whether it gets new requests
    drains    whether it got them, and finishes what it has
    sessions  how many it has under way
    """

    name: str
    slot: str
    host: str
    address: str
    port: int
    up: bool
    takes: bool
    drains: bool
    sessions: int


def read_routes(text: str) -> Routes:
    """The routes of an edge's file."""
    servers: dict[str, Server] = {}
    name = ""
    for line in text.splitlines():
        if found := BACKEND.match(line):
            name = found.group(1)
        elif (found := SERVER.match(line)) and not name.endswith(NEXT):
            servers[name] = Server(found.group(1), int(found.group(2)))
    return Routes(servers)


def read_slots(state: str, stat: str) -> tuple[Slot, ...]:
    """The slots of a running edge, from what its runtime API says to `show servers state` and `show stat`."""
    sessions = {(row[0], row[1]): (row[4], row[17]) for row in _rows(stat, ",") if len(row) > 17}
    return tuple(_slot(row, *sessions.get((row[1], row[3]), ("0", ""))) for row in _rows(state, None) if len(row) > 18)


def running(slots: tuple[Slot, ...]) -> dict[str, str]:
    """Where each name leads now."""
    return {slot.name: slot.host for slot in slots if slot.takes and not slot.name.endswith(NEXT)}


def draining(slots: tuple[Slot, ...]) -> frozenset[str]:
    """The names that have a slot which got requests until a moment ago."""
    return frozenset(slot.name for slot in slots if slot.drains)


def merged(first: Routes, serving: Mapping[str, Server]) -> Routes:
    """The routes after the edge's files changed: the names of the new files, to the containers that serve.

    serving  what serves names that a switch moves, now; the others lead where the files say
    """
    ours = {name: server for name, server in serving.items() if name in first.servers}
    return Routes({**first.servers, **with_ports(first, ours)}, ports_of(first))


def with_ports(first: Routes, servers: Mapping[str, Server]) -> dict[str, Server]:
    """These servers, with the ports of the edge's files where it is the edge that has them."""
    ports = ports_of(first)
    return {
        name: Server(
            server.container, ports.get(name, server.port) if server.port == AS_THE_EDGE_HAS_IT else server.port
        )
        for name, server in servers.items()
    }


def ports_of(first: Routes) -> dict[str, int]:
    """The port of each name, in the edge's files."""
    return {name: server.port for name, server in first.servers.items()}


def serving(slots: tuple[Slot, ...], name: str) -> Slot | None:
    """The slot that gets a name's new requests."""
    return next((slot for slot in slots if slot.name == name and slot.takes), None)


def free(slots: tuple[Slot, ...], name: str) -> Slot | None:
    """The slot of a name that gets none."""
    return next((slot for slot in slots if slot.name == name and not slot.takes), None)


def _rows(text: str, separator: str | None) -> list[list[str]]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [line.split(separator) for line in lines]


def _slot(row: list[str], sessions: str, status: str) -> Slot:
    # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight … srv_fqdn srv_port
    host, port = row[17], row[18]
    return Slot(
        name=row[1],
        slot=row[3],
        host="" if host == "-" else host,
        address="" if row[4] in ("-", "0.0.0.0") else row[4],
        port=int(port),
        up=row[5] == "2",
        takes=status.startswith(("UP", "no check")) and row[7] != "0",
        drains=status.startswith("DRAIN"),
        sessions=int(sessions or 0),
    )
