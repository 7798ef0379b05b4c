"""What makes a machine a stage host: facts in, steps out. A machine that is one gets no steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stagekit.errors import HostError
from stagekit.hosts.daemon import merged
from stagekit.hosts.facts import HostFacts, Sshd
from stagekit.hosts.firewall import table
from stagekit.hosts.keys import PublicKey, holds
from stagekit.hosts.scripts import script, text_of
from stagekit.hosts.step import Step

DOCKER_LEAST = 25
# A connection that died must be noticed while somebody still waits for what it held.
ALIVE_MOST = 60
ROOT_BY_KEY = ("no", "without-password", "prohibit-password", "forced-commands-only")
GET_DOCKER = "https://docs.docker.com/engine/install/"


@dataclass(frozen=True)
class Wish:
    """What the host shall have: a deploy user of this name, and this key of who deploys."""

    user: str
    key: PublicKey


def plan_init(facts: HostFacts, wish: Wish) -> tuple[Step, ...]:
    """The steps, in order: what could lock somebody out comes last. Raises HostError where it cannot become a host."""
    refuse_unfit(facts)
    return tuple(step for part in PARTS if (step := part(facts, wish)))


def refuse_unfit(facts: HostFacts) -> None:
    """Raises HostError for a machine that no step would make a host."""
    if not facts.apt or facts.init != "systemd":
        raise HostError(
            f"{facts.system or 'this machine'} cannot be made a host: it needs apt and systemd, as Debian has",
            next=f"take Debian 13 or Ubuntu 24.04; or make it one by hand: sshd, Docker >= {DOCKER_LEAST}, a user in "
            "the group docker",
            slug="host-unfit",
        )
    if not facts.is_root:
        raise HostError(
            f"{facts.login.name} is not root there, and may not become it without a password",
            next="log in as root, or let the user: echo 'NAME ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/NAME",
            slug="host-needs-root",
        )
    _refuse_old_docker(facts)


def _refuse_old_docker(facts: HostFacts) -> None:
    if facts.docker:
        if major(facts.docker) < DOCKER_LEAST:
            raise too_old(f"its Docker is {facts.docker}")
        return
    if facts.docker_there:
        raise HostError(
            "Docker is installed there and does not run",
            next="on the host: systemctl status docker; then systemctl start docker, and the same command again",
            slug="host-engine",
        )
    if facts.candidate and major(facts.candidate) < DOCKER_LEAST:
        raise too_old(f"the Docker of {facts.system} is {facts.candidate.split('+')[0]}")


def too_old(found: str) -> HostError:
    """The error for a Docker that is older than a stage needs; `found` is a clause that says which it is."""
    return HostError(
        f"{found}, and {DOCKER_LEAST} or newer is needed",
        next=f"install Docker's own packages there ({GET_DOCKER}), or take Debian 13 or Ubuntu 24.04; then the same "
        "command again: it does the rest",
        slug="host-docker-too-old",
    )


def daemon(facts: HostFacts, wish: Wish) -> Step | None:
    """Bounded logs, and containers that outlive a restart of the engine."""
    text = merged(facts.daemon, mtu=facts.mtu)
    if text == facts.daemon:
        return None
    what = "bounded logs, containers that outlive a restart of the engine"
    cause = "a stage runs for months" if not facts.daemon else "the file lacks one of them; the rest of it stays"
    return Step("settings", what, cause, script("daemon", TEXT=text, BEFORE=facts.daemon))


def docker(facts: HostFacts, wish: Wish) -> Step | None:
    """Docker, where there is none."""
    if facts.docker:
        return None
    version = facts.candidate.split("+")[0]
    what = f"install Docker {version}".rstrip() + " from the distribution's packages"
    return Step("docker", what, "there is none", script("docker", LEAST=str(DOCKER_LEAST)))


def deploy(facts: HostFacts, wish: Wish) -> Step | None:
    """The user that stages are deployed by."""
    user, key = facts.deploy, wish.key
    if user.there and user.in_docker and holds(user.keys, key):
        return None
    lacks = (
        "is not there" if not user.there else "is not in the group docker" if not user.in_docker else "has other keys"
    )
    what = f"let {key} in as {wish.user}, who may use Docker"
    return Step("user", what, f"it {lacks}", script("deploy", "key", USER_NAME=wish.user, KEY=key.line()))


def login(facts: HostFacts, wish: Wish) -> Step | None:
    """The key for who logs in now, who would be locked out with their password otherwise."""
    user = facts.login
    if user.name == wish.user or holds(user.keys, wish.key) or not _passwords(facts.sshd):
        return None
    what = f"let {wish.key} in as {user.name}"
    return Step("login", what, "passwords go", script("key", USER_NAME=user.name, KEY=wish.key.line()))


def upgrades(facts: HostFacts, wish: Wish) -> Step | None:
    """Security updates, of all but Docker."""
    text = text_of("upgrades.conf")
    if facts.upgrading and facts.upgrades == text:
        return None
    cause = "nobody else installs security updates" if not facts.upgrading else "an upgrade of Docker would restart it"
    return Step("upgrades", "unattended upgrades, Docker's packages left alone", cause, script("upgrades", TEXT=text))


def sshd(facts: HostFacts, wish: Wish) -> Step | None:
    """Keys only, and dead connections noticed."""
    found = facts.sshd
    text = sshd_text(found)
    if found and is_strict(found) and found.own in ("", text):
        return None
    cause = "passwords let in who guesses them" if _passwords(found) else "a dead connection would hold its locks"
    undo = script(
        "sshd-undo",
        BEFORE=found.own if found else "",
        INCLUDED="yes" if found is None or found.included else "",
    )
    return Step("sshd", "keys only, dead connections end after 45 s", cause, script("sshd", TEXT=text), undo)


def sshd_text(found: Sshd | None) -> str:
    """Our file of sshd's settings. Where root may not log in at all, that stays."""
    lines = text_of("sshd.conf").splitlines()
    return "\n".join(line for line in lines if not (found and found.root == "no" and line.startswith("PermitRoot")))


def is_strict(found: Sshd) -> bool:
    """Whether sshd is as a stage host wants it, whoever set it so."""
    return not _passwords(found) and found.root in ROOT_BY_KEY and 0 < found.alive <= ALIVE_MOST


def firewall(facts: HostFacts, wish: Wish) -> Step | None:
    """SSH and the web, and nothing else."""
    ports = ssh_ports(facts)
    text = table(ports)
    if facts.firewall == text and facts.filtering:
        return None
    let_in = ", ".join(str(port) for port in sorted({*ports, 80, 443}))
    cause = "nothing else there is for outsiders" if not facts.firewall else "its rules are others"
    doing = script("firewall", TEXT=text, UNIT=text_of("firewall.service"))
    undo = script("firewall-undo", BEFORE=facts.firewall)
    return Step("firewall", f"let in {let_in} (TCP) and ICMP", cause, doing, undo)


def ssh_ports(facts: HostFacts) -> tuple[int, ...]:
    """The ports that lead to sshd: those it says, and the one by which we came."""
    return tuple(sorted({facts.port, *(facts.sshd.ports if facts.sshd else ())}))


def major(version: str) -> int:
    """26 of `26.1.5+dfsg1`; 0 where there is no number."""
    first = version.split(":")[-1].split(".")[0]
    return int(first) if first.isdigit() else 0


def _passwords(found: Sshd | None) -> bool:
    return found is None or found.password or found.keyboard


PARTS: tuple[Callable[[HostFacts, Wish], Step | None], ...] = (
    daemon,
    docker,
    deploy,
    login,
    upgrades,
    sshd,
    firewall,
)
