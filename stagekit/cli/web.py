"""What would keep people from a stage, looked at before anything changes: its names in the DNS, and its ports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from stagekit.cli.hosts import host_of
from stagekit.cli.place import Place, is_below_localhost, tls_of
from stagekit.doors import machine
from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError
from stagekit.hosts.ask import ask
from stagekit.hosts.check import CheckFacts, names


@dataclass(frozen=True)
class Web:
    """What stands in the way, a line each: names that lead elsewhere, ports that somebody has."""

    names: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()

    def refuse_taken(self, stage: str) -> None:
        """Raises HostError where a port is taken: what needs it could not start."""
        if self.ports:
            raise HostError(
                "the host has no port for the stage",
                evidence=[("", line.removeprefix("ports: ")) for line in self.ports],
                next=f"then type the same again; another port stands in .env.{stage}",
                slug="port-taken",
            )


def web_of(place: Place, labels: Iterable[str], door: SshDoor, own: Collection[int]) -> Web:
    """What stands in the way of a stage. Raises HostError.

    own  the ports of the host that the stage has already
    """
    wanted = {port: purpose for port, purpose in _ports(place).items() if port not in own}
    if not wanted and is_below_localhost(place):
        return Web()  # nothing to ask the host about
    target = host_of(place)
    host = ask(door, deploy=target.user or "deploy")
    resolved = {name: machine.addresses(name) for name in (f"{label}.{place.address.domain}" for label in labels)}
    found = names(CheckFacts(host, str(target), 0.0, names=resolved, addresses=machine.addresses(target.name)))
    told = (f"names: {found.what}; {found.fix}",) if found.level in ("warn", "fail") else ()
    return Web(told, tuple(taken(wanted, host.listening)))


def taken(ports: Mapping[int, str], listening: Mapping[int, str]) -> list[str]:
    """A line for each of these ports that somebody has.

    ports      what each is for, and the setting that names it
    listening  the program that has a port, by port; empty where only root sees it
    """
    return [
        f"ports: {port} of the host, for {purpose}, is taken{f' by {listening[port]}' if listening[port] else ''}; "
        f"free it there (as root: ss -ltnp), or set another"
        for port, purpose in ports.items()
        if port in listening
    ]


def _ports(place: Place) -> dict[int, str]:
    own = {place.address.port: f"{place.address.scheme} (STAGEKIT_PORT)"}
    return own if tls_of(place) == "off" else own | {place.settings.http_port: "http (STAGEKIT_HTTP_PORT)"}
