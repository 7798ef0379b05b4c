"""Downloads packages with apt, checked by apt's signatures, without touching the machine's own package state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekit.bootstrap.mirrors import Mirrors, choose_mirrors, keyring_of, read_sources, source_lines
from stagekit.doors.local import Processes, Result
from stagekit.errors import EngineInstallError, StagekitError

# The hooks of the machine's apt (cache cleaners, desktop notices) must not run for ours.
OPTIONS = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "{folder}/lists";
Dir::Cache "{folder}/cache";
"""
# A program started so ends with the command that started it, so that none goes on behind the next one's back.
BOUND = ("setpriv", "--pdeathsig", "KILL", "--")
UNREACHABLE = ("Could not resolve", "Temporary failure", "Could not connect", "Unable to connect", "timed out")


@dataclass(frozen=True, slots=True)
class Archive:
    """One release's packages, with lists in a folder of our own."""

    folder: Path
    family: str
    codename: str
    mirrors: Mirrors
    processes: Processes

    def update(self) -> None:
        """Brings the lists up to date. Raises EngineInstallError."""
        (self.folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "apt.conf").write_text(OPTIONS.format(folder=self.folder), encoding="utf-8")
        lines = source_lines(self.mirrors, self.family, self.codename, keyring_of(self.family))
        (self.folder / "sources.list").write_text(lines, encoding="utf-8")
        self._checked(self._run("apt-get", "update", "-q"))

    def download(self, packages: Sequence[str], into: Path) -> None:
        """Puts the packages' files into a folder. One that is there already is checked and kept."""
        into.mkdir(parents=True, exist_ok=True)
        self._checked(self._run("apt-get", "download", "-q", *packages, cwd=into))

    def depends(self, *packages: str) -> tuple[str, ...]:
        """The names that packages depend on directly, each once."""
        result = self._checked(self._run("apt-cache", "depends", "--important", *packages))
        words = (line.strip(" |").split() for line in result.stdout.splitlines())
        named = (w[1].split(":")[0] for w in words if len(w) == 2 and w[0] in ("Depends:", "PreDepends:"))
        return tuple(dict.fromkeys(name for name in named if not name.startswith("<")))

    def libraries(self, packages: Sequence[str]) -> tuple[str, ...]:
        """The libraries that packages need, but for those that apt itself needs and every machine therefore has."""
        present = self._libraries_below(("apt", "dpkg", "util-linux"))
        return tuple(sorted(self._libraries_below(packages) - present))

    def _libraries_below(self, packages: Sequence[str]) -> set[str]:
        found: set[str] = set()
        new = set(packages)
        while new:
            new = {name for name in self.depends(*sorted(new)) if name.startswith("lib")} - found
            found |= new
        return found

    def _run(self, program: str, *words: str, cwd: Path | None = None) -> Result:
        settings = str(self.folder / "apt.conf")
        return self.processes.run([*BOUND, program, "-c", settings, *words], cwd=cwd, env={"LC_ALL": "C"})

    def _checked(self, result: Result) -> Result:
        if not result.ok:
            raise explain(result, self.mirrors.main)
        return result


def open_archive(folder: Path, family: str, own_codename: str, codename: str, processes: Processes) -> Archive:
    """The packages of one release, from the mirror the machine uses for its own."""
    mirrors = choose_mirrors(read_sources(Path("/etc/apt")), family, own_codename)
    return Archive(folder / codename, family, codename, mirrors, processes)


def explain(result: Result, mirror: str) -> StagekitError:
    """The error for an apt that failed, from what it wrote."""
    lines = [x.strip() for x in result.stderr.splitlines() if x.startswith(("E:", "W:"))]
    evidence = [("apt" if i == 0 else "", line[:300]) for i, line in enumerate(lines[:5])] or list(result.last_lines())
    if result.code == 127:
        what, next = "there is no apt on this machine", "install Docker Engine 25 or newer, then run the same command"
    elif any(word in result.stderr for word in UNREACHABLE):
        what = f"the package mirror {mirror} cannot be reached"
        next = "check the network (and http_proxy), then run the same command again; it goes on where it stopped"
    elif "No space left" in result.stderr:
        what, next = "the disk is full", "free some space, or set STAGEKIT_HOME to a larger disk; then run it again"
    else:
        what = "apt could not get the engine's packages"
        next = "apt-get update; if that works, run the same command again"
    return EngineInstallError(what, evidence=evidence, next=next, slug="engine-packages")
