"""The traffic of a switch: the hidden way to what is new, the move, the drain, and a reload of the edge's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from stagekit.doors.edge import EdgeDoor, EdgeFailed, Move
from stagekit.stage import Observation
from stagekit.stage.routes import (
    NEXT,
    Routes,
    Server,
    Slot,
    free,
    merged,
    ports_of,
    read_routes,
    read_slots,
    with_ports,
)
from stagekit.switching.failure import step_failed

LOOK_EVERY = 0.05
SETTLE = 15.0  # seconds in which the edge finds a new container


@dataclass(frozen=True)
class Traffic:
    """Where the edge of a stage leads.

    see  looks at the stage's containers
    Raises SwitchFailed and EdgeFailed.
    """

    edge: EdgeDoor
    see: Callable[[], Observation]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def open_hidden_way(self, servers: Mapping[str, Server], word: str) -> None:
        """Lets who knows the word reach containers that do not serve yet."""
        self._fit(with_ports(self._first(), servers))
        for name, server in servers.items():
            self.edge.offer(f"{name}{NEXT}", "a", server.container, weight=1)
            self._aim(name, server)  # it is found, and probed, while the checks are asked
        self.edge.tell({"next": word})
        self._wait_found({f"{name}{NEXT}": server for name, server in servers.items()})

    @contextmanager
    def letting_checks_in(self, word: str) -> Iterator[None]:
        """Lets who knows the word in without the stage's password, for the length of a block."""
        self.edge.tell({"pass": word})
        try:
            yield
        finally:
            with suppress(EdgeFailed):  # it is gone, and the word with it
                self.edge.forget("pass")

    def move(self, servers: Mapping[str, Server], release: str) -> None:
        """Lets new requests go to these containers: what the edge keeps first, then the running edge."""
        first, kept = self._first(), read_routes(self.edge.kept())
        wanted = with_ports(first, servers)
        self._fit(wanted)
        self.edge.keep(Routes({**kept.servers, **wanted}, ports_of(first)).render(), release)
        moves = [move for name, server in wanted.items() if (move := self._aim(name, server))]
        self._wait_found(wanted)
        if moves:
            self.edge.move(moves)
        self.edge.tell({"release": release})

    def drain(self, names: tuple[str, ...], limit: int) -> int:
        """Waits until the slots that no longer serve have answered, at most `limit` seconds; and until the processes
        from before a reload have, which lead the connections that they still have to the old containers.

        Returns how many connections were cut then: websockets and streams, mostly.
        """
        deadline = self.clock() + limit
        old = self._resting(names)
        while (any(slot.sessions for slot in old) or self.edge.old_workers()) and self.clock() < deadline:
            self.sleep(LOOK_EVERY)
            old = self._resting(names)
        for slot in old:
            self.edge.retire(slot.name, slot.slot)
        return sum(slot.sessions for slot in old)

    def reload(self, servers: Mapping[str, Server], release: str) -> None:
        """Lets the running edge read its files anew: the names of the new ones, and these servers, which serve now."""
        self._reload(merged(self._first(), servers), lambda text: self.edge.keep(text, release))

    def _reload(self, routes: Routes, keep: Callable[[str], None]) -> None:
        """Lets the edge read these routes. Its new process knows the addresses that the old one knows; what is kept for
        a later start does not: by then they may be another's."""
        keep(routes.render({slot.host: slot.address for slot in self._slots() if slot.address}))
        self.edge.reload()
        keep(routes.render())

    def _first(self) -> Routes:
        return read_routes(self.edge.first())

    def _fit(self, wanted: Mapping[str, Server]) -> None:
        """Gives the free slots of these names the ports of what is to come, by a reload, where they have others.

        At run time a slot can get another name and no other port: after a port has changed, the slot that the old
        container left still has the old one.
        """
        slots = self._slots()
        if all(_fits(slots, name, server) for name, server in wanted.items()):
            return
        serving = {**read_routes(self.edge.kept()).servers}
        self._reload(Routes(serving, {name: server.port for name, server in wanted.items()}), self.edge.keep_backends)

    def _aim(self, name: str, server: Server) -> Move | None:
        """Points a name's free slot at a container; None where the one that serves is it already."""
        slots = self._slots()
        there = next((s for s in slots if (s.name, s.host, s.port) == (name, server.container, server.port)), None)
        if there and there.takes:
            return None
        slot = there or free(slots, name)
        if slot is None:
            raise step_failed(f"the edge has no free slot for {name}")
        self.edge.offer(name, slot.slot, server.container, weight=0)
        return Move(name, slot.slot, "b" if slot.slot == "a" else "a")

    def _wait_found(self, servers: Mapping[str, Server]) -> None:
        """Waits until the edge has found these containers, at the addresses that they have, and well."""
        addresses = {c.name: c.addresses for c in self.see().containers}
        deadline = self.clock() + SETTLE
        while lost := self._lost(servers, addresses):
            if self.clock() > deadline:
                raise step_failed(f"the edge did not find {', '.join(lost)} within {SETTLE:g} s")
            self.sleep(LOOK_EVERY)

    def _lost(self, servers: Mapping[str, Server], addresses: Mapping[str, tuple[str, ...]]) -> list[str]:
        slots = self._slots()
        return [n for n, server in servers.items() if not any(_is_found(slot, n, server, addresses) for slot in slots)]

    def _resting(self, names: tuple[str, ...]) -> list[Slot]:
        return [slot for slot in self._slots() if slot.name in names and not slot.takes]

    def _slots(self) -> tuple[Slot, ...]:
        return read_slots(*self.edge.servers())


def _is_found(slot: Slot, name: str, server: Server, addresses: Mapping[str, tuple[str, ...]]) -> bool:
    # Docker gives an address away again at once: the name alone does not tell whom the edge has found.
    here = slot.name == name and slot.host == server.container and slot.up
    return here and slot.address in addresses.get(server.container, ())


def _fits(slots: tuple[Slot, ...], name: str, server: Server) -> bool:
    """Whether a name leads to this server, or has a free slot with its port; and so has the hidden way."""
    ours = [s for s in slots if s.name == name and (not s.takes or s.host == server.container)]
    hidden = [s for s in slots if s.name == f"{name}{NEXT}"]
    return any(s.port == server.port for s in ours) and all(s.port == server.port for s in hidden)
