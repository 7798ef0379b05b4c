"""How a rehearsal host shall be: what was said now, else what was said before, else the defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stagekit.bootstrap.rehearsal.names import Rehearsal

Store = Literal["classic", "containerd"]


@dataclass(frozen=True)
class Wanted:
    """A machine.

    bare      without Docker, as a cloud hands it out
    store     where the engine there keeps images
    rate      of its link, such as 50mbit; `none` is as fast as it goes
    ssh_port  of this machine's loopback
    port      of the stage's edge
    """

    bare: bool = False
    store: Store = "classic"
    rate: str = "none"
    ssh_port: int = 0
    port: int = 0

    @property
    def kind(self) -> str:
        """The image it is made of."""
        return "bare" if self.bare else "host"

    @property
    def user(self) -> str:
        """Who logs in for the stage: nobody but root is there before `stagekit host init`."""
        return "root" if self.bare else "deploy"

    @property
    def address(self) -> str:
        """What STAGEKIT_HOST has."""
        return f"ssh://{self.user}@127.0.0.1:{self.ssh_port}"

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Wanted:
        """What was written down, as far as it is there: the file is a cache that anybody may have touched."""
        return cls(**{name: kept[name] for name in cls().as_dict() if name in kept})

    def as_dict(self) -> dict[str, Any]:
        """What is written down."""
        return {name: getattr(self, name) for name in ("bare", "store", "rate", "ssh_port", "port")}


def settle(
    rehearsal: Rehearsal,
    kept: Mapping[str, Any],
    *,
    bare: bool | None,
    store: Store | None,
    rate: str | None,
    usable: Callable[[int], bool],
) -> Wanted:
    """What is wanted, with its ports.

    kept    what was written down the last time, if anything
    usable  whether a port of this machine is free, or this machine's own already
    """
    before = Wanted.read(kept)
    return Wanted(
        bare=before.bare if bare is None else bare,
        store=store or before.store,
        rate=rate or before.rate,
        ssh_port=before.ssh_port if before.ssh_port and usable(before.ssh_port) else rehearsal.ssh_port(usable),
        port=before.port if before.port and usable(before.port) else rehearsal.edge_port(usable),
    )
