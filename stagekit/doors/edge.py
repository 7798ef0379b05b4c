"""The running edge of a stage: HAProxy's runtime API and its master, asked from inside its container.

A change of target at run time closes no connection and loses no request. What the edge reads at its own start is kept
in files of its volume, each replaced whole, so that a reboot at any moment comes back with what serves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stagekit.doors.engine import EngineDoor

FOLDER = "/edge"
BACKENDS = "conf/20-backends.cfg"
WORDS = "release.map"
RUNTIME, MASTER = 9999, 9998
PATIENCE = 5  # seconds that an answer may take
# An order that is obeyed is answered with nothing, or with the change of a name, or that it is the same already.
OBEYED = re.compile(r"changed its FQDN|no need to change")


class EdgeFailed(Exception):
    """The edge refused, or did not answer. `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Move:
    """A name's new requests go from one slot to the other."""

    name: str
    to: str
    away: str


@dataclass(frozen=True)
class Counts:
    """What the public side has counted since the edge's process began: requests, and answers of 5xx."""

    requests: int
    failed: int


class EdgeDoor:
    """One edge.

    container  its container, by name
    Raises EdgeFailed.
    """

    def __init__(self, engine: EngineDoor, container: str) -> None:
        self._engine = engine
        self.container = container

    def servers(self) -> tuple[str, str]:
        """What it says to `show servers state` and `show stat`."""
        state, mark, stat = self._ask("show servers state", "show stat").partition("# pxname,")
        return state, mark + stat

    def offer(self, name: str, slot: str, container: str, *, weight: int) -> None:
        """Puts a container into a slot that serves nobody; with a weight of 0 it is probed and gets no requests."""
        at = f"set server {name}/{slot}"
        self._order(f"{at} fqdn {container}", f"{at} weight {weight}", f"{at} state ready")

    def move(self, moves: Sequence[Move]) -> None:
        """Lets new requests go to the other slots, of all these names in one breath; the old ones finish theirs."""
        ready = [f"set server {move.name}/{move.to} weight 100%" for move in moves]
        drain = [f"set server {move.name}/{move.away} state drain" for move in moves]
        self._order(*ready, *drain)

    def retire(self, name: str, slot: str) -> None:
        """Takes a slot out of service, with whatever it still has under way."""
        self._order(f"shutdown sessions server {name}/{slot}", f"set server {name}/{slot} state maint")

    def tell(self, words: Mapping[str, str]) -> None:
        """What the edge tells: `release`, which pages show, and `next` and `pass`, words for those who know them."""
        for key, value in words.items():
            at = f"{WORDS} {key}"
            self._ask(f"del map {at}", f"add map {at} {_escaped(value)}")

    def forget(self, key: str) -> None:
        """No longer knows a word."""
        self._ask(f"del map {WORDS} {key}")

    def keep(self, backends: str, release: str) -> None:
        """Writes what the edge reads at its next start: its backends, and the release that it tells."""
        self._write({BACKENDS: backends, WORDS: f"release {release}\n"})

    def keep_backends(self, backends: str) -> None:
        """Writes the backends that the edge reads at its next start, and leaves what it tells."""
        self._write({BACKENDS: backends})

    def kept(self) -> str:
        """The backends that the edge reads at its next start."""
        return self._engine.get(self.container, f"{FOLDER}/{BACKENDS}").decode()

    def first(self) -> str:
        """The backends that came with the edge's files: every name, leading to its service."""
        return self._engine.get(self.container, f"{FOLDER}/first.cfg").decode()

    def reload(self) -> None:
        """Reads all files anew; connections live on. Raises EdgeFailed with HAProxy's words where it refuses them."""
        said = self._say(MASTER, "reload")
        if not said.startswith("Success=1"):
            raise EdgeFailed(said)

    def old_workers(self) -> int:
        """How many processes from before a reload are still there: each leads its connections as it did then."""
        return old_workers(self._say(MASTER, "show proc;quit"))  # the master goes on listening otherwise

    def counts(self) -> Counts:
        """The counters of the public side."""
        rows = [line.split(",") for line in self._ask("show stat").splitlines()]
        names = next((row for row in rows if row[0].startswith("# ")), [])
        public = next((row for row in rows if row[:2] == ["public", "FRONTEND"]), None)
        if public is None:
            raise EdgeFailed("it has no frontend called public")
        return Counts(int(public[names.index("req_tot")]), int(public[names.index("hrsp_5xx")]))

    def _order(self, *commands: str) -> None:
        said = self._ask(*commands)
        refused = [line for line in said.splitlines() if line.strip() and not OBEYED.search(line)]
        if refused:
            raise EdgeFailed("\n".join(refused))

    def _ask(self, *commands: str) -> str:
        return self._say(RUNTIME, ";".join(commands))

    def _say(self, port: int, line: str) -> str:
        code, said = self._engine.say(self.container, port, f"{line}\n", patience=PATIENCE)
        if code:
            raise EdgeFailed(said.strip() or f"no answer on port {port}")
        return said.strip()

    def _write(self, files: Mapping[str, str]) -> None:
        new = {f"{name}.new": text.encode() for name, text in files.items()}
        self._engine.put(self.container, FOLDER, new)
        rename = " && ".join(f"mv -f {FOLDER}/{name}.new {FOLDER}/{name}" for name in files)
        code, said = self._engine.exec(self.container, ["sh", "-c", rename], user="0")
        if code:
            raise EdgeFailed(said.strip())


def old_workers(said: str) -> int:
    """How many old workers HAProxy's master lists in its answer to `show proc`."""
    rows = said.partition("# old workers")[2].partition("\n#")[0].splitlines()
    return sum(bool(row.strip()) for row in rows)


def _escaped(value: str) -> str:
    return re.sub(r"([\\ ;#])", r"\\\1", value)
