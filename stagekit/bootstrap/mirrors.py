"""The package mirrors that this machine already uses, read from its apt configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stagekit.errors import EngineInstallError

COMPONENTS = {"debian": "main", "ubuntu": "main universe"}
KEYRINGS = {
    "debian": ("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"),
    "ubuntu": ("/usr/share/keyrings/ubuntu-archive-keyring.gpg",),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One address that packages come from, and the suites it is used for."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mirrors:
    """Where the distribution's packages and its security updates come from. `security` may be empty."""

    main: str
    security: str


def read_sources(etc_apt: Path) -> tuple[Source, ...]:
    """Every source in a folder such as /etc/apt, in apt's order."""
    parts = sorted((etc_apt / "sources.list.d").glob("*"))
    files = [etc_apt / "sources.list", *(p for p in parts if p.suffix in (".list", ".sources"))]
    return tuple(source for file in files if file.is_file() for source in parse_sources(file.name, _text(file)))


def parse_sources(name: str, text: str) -> tuple[Source, ...]:
    """The sources of one file: deb822 stanzas in `.sources`, one line each elsewhere."""
    return tuple(_stanzas(text) if name.endswith(".sources") else _lines(text))


def choose_mirrors(sources: Iterable[Source], family: str, codename: str) -> Mirrors:
    """The mirrors for a family. Raises EngineInstallError where apt has no source of the machine's own release."""
    own = [s for s in sources if "main" in s.components]
    main = [s.uri for s in own if codename in s.suites or (family == "debian" and "stable" in s.suites)]
    security = [s.uri for s in own if any(x in (f"{codename}-security", "stable-security") for x in s.suites)]
    if not main:
        raise EngineInstallError(
            f"apt on this machine has no source for packages of {codename}",
            next=f"put a mirror of {family} into /etc/apt/sources.list, with the component main; then apt-get update",
        )
    return Mirrors(main[0], security[0] if security else "")


def source_lines(mirrors: Mirrors, family: str, codename: str, keyring: str) -> str:
    """A sources.list for one release. `keyring` may be empty: then apt's own trusted keys decide."""
    signed = f"[signed-by={keyring}] " if keyring else ""
    rows = [f"deb {signed}{mirrors.main} {suite} {COMPONENTS[family]}" for suite in (codename, f"{codename}-updates")]
    if mirrors.security:
        rows.append(f"deb {signed}{mirrors.security} {codename}-security {COMPONENTS[family]}")
    return "\n".join(rows) + "\n"


def keyring_of(family: str, root: Path = Path("/")) -> str:
    """The archive's keyring on this machine, or nothing."""
    return next((path for path in KEYRINGS[family] if (root / path.lstrip("/")).is_file()), "")


def _stanzas(text: str) -> Iterable[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        # A line that begins with a space continues the field above it.
        joined = re.sub(r"\n[ \t]+", " ", "\n".join(lines))
        fields = {k.lower(): v.split() for k, v in re.findall(r"^([A-Za-z-]+):(.*)$", joined, re.MULTILINE)}
        if "deb" in fields.get("types", []) and fields.get("enabled", ["yes"])[0].lower() != "no":
            for uri in filter(_usable, fields.get("uris", [])):
                yield Source(_slash(uri), tuple(fields.get("suites", [])), tuple(fields.get("components", [])))


def _lines(text: str) -> Iterable[Source]:
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match and _usable(match[1]):
            yield Source(_slash(match[1]), (match[2],), tuple(match[3].split()))


def _usable(uri: str) -> bool:
    return uri.startswith(("http://", "https://", "file:", "mirror+", "tor+"))


def _slash(uri: str) -> str:
    return uri if uri.endswith("/") or uri.startswith("mirror+file:") else f"{uri}/"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
