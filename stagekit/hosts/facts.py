"""What is known of a machine that is a host, or shall become one: asked once, by one script in one round trip."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sshd:
    """What sshd does in effect, and our own file of its settings.

    ports     that it listens on
    root      its PermitRootLogin
    alive     its ClientAliveInterval, in seconds
    included  whether its main file reads those of sshd_config.d
    own       text of our file there; empty where there is none
    """

    ports: tuple[int, ...]
    password: bool
    keyboard: bool
    root: str
    alive: int
    included: bool
    own: str = ""


@dataclass(frozen=True)
class Account:
    """A user there. `keys` is the text of its authorized_keys."""

    name: str
    there: bool
    in_docker: bool = False
    keys: str = ""


@dataclass(frozen=True)
class HostFacts:
    """One machine at one moment. Sizes are in bytes; None where it takes root to see it, and nobody was.

    system        as it calls itself, such as Debian GNU/Linux 13 (trixie)
    distribution  its id, such as debian
    apt           whether its packages come by apt
    init          name of its first process
    is_root       whether these facts were seen as root
    docker        version of its engine; empty where none answers
    docker_there  whether a Docker engine is installed
    candidate     version of the distribution's Docker; empty where it is not known
    store         where its engine keeps images: classic or containerd
    daemon        text of /etc/docker/daemon.json
    mtu           the largest packet, in bytes, that leaves it whole; 0 where that cannot be seen
    port          of sshd, by which the present connection came
    login         who asks
    deploy        the user that a stage is deployed by
    firewall      text of our rules; empty where there are none
    filtering     whether they are in force
    upgrades      text of our settings of unattended upgrades
    upgrading     whether unattended upgrades are installed
    armed         whether a change that nobody confirmed yet is about to undo itself
    listening     program by TCP port, as far as it can be seen
    now           its clock, in seconds since 1970
    """

    system: str
    distribution: str
    architecture: str
    apt: bool
    init: str
    is_root: bool
    login: Account
    deploy: Account
    memory: int
    disk_free: int
    disk_folder: str
    now: float
    docker: str = ""
    docker_there: bool = False
    candidate: str = ""
    store: str = ""
    daemon: str = ""
    mtu: int = 0
    port: int = 22
    sshd: Sshd | None = None
    firewall: str = ""
    filtering: bool | None = None
    upgrades: str = ""
    upgrading: bool = False
    armed: bool = False
    listening: Mapping[int, str] = field(default_factory=dict)


def parse_facts(text: str) -> HostFacts:
    """The facts of what ASK wrote. Raises ValueError where that is not all of it."""
    found = _decode(text)
    if "end" not in found:
        raise ValueError("the answer ends early")
    return HostFacts(
        system=found["system"],
        distribution=found["distribution"],
        architecture=found["architecture"],
        apt=bool(found["apt"]),
        init=found["init"],
        is_root=found["uid"] == "0",
        login=_account(found, "login"),
        deploy=_account(found, "deploy"),
        memory=_number(found["memory"]) * 1024,
        disk_free=_number(found["disk-free"]) * 1024,
        disk_folder=found["disk-folder"],
        now=float(found["now"]),
        docker=found["docker"],
        docker_there=bool(found["docker-there"]),
        candidate=found["candidate"],
        store="containerd" if "io.containerd.snapshotter" in found["store"] else "classic" if found["docker"] else "",
        daemon=found["daemon"],
        mtu=_number(found["mtu"]),
        port=_number(found["port"]) or 22,
        sshd=_sshd(found),
        firewall=found["firewall"],
        filtering=bool(found["filtering"]) if found["uid"] == "0" else None,
        upgrades=found["upgrades"],
        upgrading=bool(found["upgrading"]),
        armed=bool(found["armed"]),
        listening=_listening(found["listening"]),
    )


def _decode(text: str) -> dict[str, str]:
    rows = (line.partition(" ") for line in text.splitlines())
    try:
        return {key: base64.b64decode(value).decode("utf-8", "replace").rstrip("\n") for key, _, value in rows if key}
    except binascii.Error as error:
        raise ValueError(f"the answer is garbled: {error}") from None


def _number(text: str) -> int:
    return int(text) if text.strip().isdigit() else 0


def _account(found: Mapping[str, str], who: str) -> Account:
    name, groups = found[f"{who}-name"], found[f"{who}-groups"].split()
    return Account(name, bool(groups), "docker" in groups, found[f"{who}-keys"])


def _sshd(found: Mapping[str, str]) -> Sshd | None:
    rows = [line.split(None, 1) for line in found["sshd"].splitlines() if " " in line]
    if not rows:
        return None
    values = dict(reversed(rows))
    return Sshd(
        ports=tuple(sorted({int(row[1]) for row in rows if row[0] == "port"})),
        password=values.get("passwordauthentication") == "yes",
        keyboard=values.get("kbdinteractiveauthentication") == "yes",
        root=values.get("permitrootlogin", ""),
        alive=_number(values.get("clientaliveinterval", "")),
        included=bool(found["sshd-included"]),
        own=found["sshd-own"],
    )


def _listening(text: str) -> dict[int, str]:
    """Of the lines of `ss -Hltnp`: who listens, by port."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        port = words[3].rpartition(":")[2] if len(words) > 3 else ""
        if port.isdigit():
            found[int(port)] = line.partition('(("')[2].partition('"')[0]
    return found
