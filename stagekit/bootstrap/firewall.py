"""The embedded engine's firewall rules, in chains of its own.

dockerd's own rules live in chains named DOCKER, which every dockerd on a machine empties as it starts: a second engine
would cut the first one's published ports. So this engine runs with `iptables: false`, publishes through docker-proxy,
and these few rules give its containers the way out: an address on it (MASQUERADE), and a way in for answers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stagekit.bootstrap.network import Network
from stagekit.bootstrap.places import Places
from stagekit.doors.local import Processes
from stagekit.errors import EngineInstallError

Rule = tuple[str, ...]
VARIANTS = ("nft", "legacy")
WRAPPER = """\
#!/bin/sh
# dockerd and stagekit find iptables here: the packages' program with the packages' libraries.
LD_LIBRARY_PATH={libraries} XTABLES_LIBDIR={extensions} exec {program} {name} "$@"
"""


def rules(chain: str, pool: str) -> tuple[Rule, ...]:
    """The rules, in the order they are added."""
    return (
        ("-t", "nat", "-A", chain, "-s", pool, "!", "-d", pool, "-j", "MASQUERADE"),
        ("-A", chain, "-d", pool, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"),
        ("-A", chain, "-s", pool, "-j", "ACCEPT"),
        # Others reach a container through its published port, never past it.
        ("-A", chain, "-d", pool, "-j", "DROP"),
    )


def jumps(chain: str) -> tuple[tuple[Rule, str, Rule], ...]:
    """From where the chains are entered: table, built-in chain, target."""
    return ((("-t", "nat"), "POSTROUTING", ("-j", chain)), ((), "FORWARD", ("-j", chain)))


class Firewall:
    """The rules of one engine, by an iptables that works here: nf_tables, else the legacy one."""

    def __init__(self, places: Places, processes: Processes) -> None:
        self._bin = places.run / "bin"
        self._root = places.run / "tree" / "root"
        self._places = places
        self._chain = f"STAGEKIT-{places.id}"
        self._processes = processes

    def prepare(self) -> None:
        """Puts `iptables` and `ip6tables` into the run folder's bin/. Raises EngineInstallError where neither works."""
        self._bin.mkdir(parents=True, exist_ok=True)
        for variant in VARIANTS:
            for name in ("iptables", "ip6tables"):
                self._write(name, variant)
            result = self._iptables("-t", "nat", "-L", "-n")
            if result == "":
                return
        raise EngineInstallError(
            "iptables does not work here, neither on nf_tables nor on the legacy tables",
            evidence=[("iptables", result)],
            next="in a container, give it --privileged; on a machine, modprobe -a ip_tables iptable_nat",
            slug="engine-network",
        )

    def apply(self, network: Network) -> None:
        """Brings the rules to what they should be; running it again changes nothing. Raises EngineInstallError."""
        for table, _, _ in jumps(self._chain):
            self._iptables(*table, "-N", self._chain)
            self._must(*table, "-F", self._chain)
        for rule in rules(self._chain, network.pool):
            self._must(*rule)
        for table, chain, target in jumps(self._chain):
            if self._iptables(*table, "-C", chain, *target):
                self._must(*table, "-I", chain, *target)

    def remove(self) -> None:
        """Takes every rule and chain of this engine away; what is not there is left."""
        if not (self._bin / "iptables").exists():
            return
        for table, chain, target in jumps(self._chain):
            while not self._iptables(*table, "-C", chain, *target):
                self._iptables(*table, "-D", chain, *target)
            self._iptables(*table, "-F", self._chain)
            self._iptables(*table, "-X", self._chain)

    def _must(self, *words: str) -> None:
        if said := self._iptables(*words):
            raise EngineInstallError(
                "a firewall rule of the engine could not be set",
                evidence=[("rule", " ".join(words)), ("iptables", said)],
                next="stagekit engine start, once iptables works (iptables -L -n)",
                slug="engine-network",
            )

    def _iptables(self, *words: str) -> str:
        """Nothing when it worked, else the first line it wrote; those after it are advice."""
        result = self._processes.run([str(self._bin / "iptables"), "-w", "10", *words], timeout=30)
        lines = result.stderr.strip().splitlines()
        return "" if result.ok else (lines[0] if lines else f"exit code {result.code}")

    def _write(self, name: str, variant: str) -> None:
        program = _first(self._root, (f"usr/sbin/xtables-{variant}-multi", f"sbin/xtables-{variant}-multi"))
        text = WRAPPER.format(
            libraries=self._places.library_path(),
            extensions=next((str(path.parent) for path in self._root.glob("**/xtables/libxt_conntrack.so")), ""),
            program=program,
            name=name,
        )
        # By a rename: a script that the running engine has open cannot be written to.
        temporary = self._bin / f"{name}.new"
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.rename(self._bin / name)


def _first(root: Path, names: Sequence[str]) -> Path:
    return next((root / name for name in names if (root / name).exists()), root / names[0])
