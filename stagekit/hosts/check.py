"""The checks of a host: facts in, one finding each, in the way of the doctor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stagekit.doctor import Finding, Level
from stagekit.hosts.facts import HostFacts
from stagekit.hosts.init import DOCKER_LEAST, is_strict, major

GB = 1_000_000_000
DISK_LEAST, DISK_GOOD = 3 * GB, 10 * GB
MEMORY_LEAST, MEMORY_GOOD = 1.7 * GB, 3.5 * GB  # a machine sold with 4 GB shows a little less
CLOCK_GOOD, CLOCK_MOST = 5.0, 120.0  # seconds; signed webhooks are refused past 300
OURS = ("docker-proxy", "dockerd")


@dataclass(frozen=True)
class CheckFacts:
    """A host, as a stage needs it.

    target     its address, in words
    ahead      seconds that its clock is before the deployer's; negative where it is behind
    port       of the stage's edge; 0 where no stage is asked about
    names      the addresses that each of the stage's names resolves to
    addresses  the host's own, as its name resolves
    """

    host: HostFacts
    target: str
    ahead: float
    port: int = 0
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()


def examine_host(facts: CheckFacts) -> tuple[Finding, ...]:
    """One finding a check, in the order they are told."""
    return tuple(check(facts) for check in CHECKS)


def engine(facts: CheckFacts) -> Finding:
    """Whether a Docker engine answers, is new enough, and may be used."""
    host = facts.host
    init = f"stagekit host init {_root(facts)}"
    if not host.docker and not host.docker_there:
        return Finding("engine", "fail", "there is no Docker", fix=init)
    if not host.docker and not host.login.in_docker and not host.is_root:
        fix = f"on the host, as root: usermod -aG docker {host.login.name}"
        return Finding("engine", "fail", f"{host.login.name} may not use Docker there", fix=fix)
    if not host.docker:
        return Finding("engine", "fail", "Docker does not run", fix="on the host, as root: systemctl start docker")
    if major(host.docker) < DOCKER_LEAST:
        fix = "install Docker's own packages there: https://docs.docker.com/engine/install/"
        return Finding("engine", "fail", f"Docker {host.docker}; {DOCKER_LEAST} or newer is needed", fix=fix)
    return Finding("engine", "ok", f"Docker {host.docker} on {host.system}, {host.architecture}")


def store(facts: CheckFacts) -> Finding:
    """Where its engine keeps images. Both will do."""
    found = facts.host.store
    if not found:
        return Finding("store", "info", "not checked: no engine answers")
    return Finding("store", "ok", f"the {found} image store")


def disk(facts: CheckFacts) -> Finding:
    """Whether images and data have room."""
    free = facts.host.disk_free
    level: Level = "fail" if free < DISK_LEAST else "warn" if free < DISK_GOOD else "ok"
    words = f"{_size(free)} free at {facts.host.disk_folder}"
    if level == "ok":
        return Finding("disk", level, words)
    fix = f"on the host: docker system df; docker image prune; or a disk {_size(DISK_GOOD - free)} larger"
    return Finding("disk", level, f"{words}; a stage wants {_size(DISK_GOOD)}", fix=fix)


def memory(facts: CheckFacts) -> Finding:
    """Whether a whole stack has room."""
    total = facts.host.memory
    level: Level = "fail" if total < MEMORY_LEAST else "warn" if total < MEMORY_GOOD else "ok"
    if level == "ok":
        return Finding("memory", level, _size(total))
    words = f"{_size(total)}; a whole stage wants 4 GB, {_size(4 * GB - total)} more"
    return Finding("memory", level, words, fix="take a bigger machine, or set smaller limits in the Compose files")


def clock(facts: CheckFacts) -> Finding:
    """Whether tokens and webhooks, signed at one clock, are in time by the other."""
    if abs(facts.ahead) < CLOCK_GOOD:
        return Finding("clock", "ok", "the host's and this machine's agree")
    level: Level = "fail" if abs(facts.ahead) > CLOCK_MOST else "warn"
    words = f"the host's is {abs(facts.ahead):.0f} s {'before' if facts.ahead > 0 else 'behind'} this machine's"
    fix = "timedatectl status, here and there, says which is wrong; there: timedatectl set-ntp true"
    return Finding("clock", level, words, fix=fix)


def ports(facts: CheckFacts) -> Finding:
    """Whether the stage's edge can have its port."""
    if not facts.port:
        return Finding("ports", "info", "not checked: name a stage with --stage")
    if facts.port not in facts.host.listening:
        return Finding("ports", "ok", f"{facts.port} is free")
    who = facts.host.listening[facts.port]
    if who in OURS:
        return Finding("ports", "ok", f"{facts.port} is held by a container")
    if not who:
        return Finding("ports", "info", f"{facts.port} is in use; by whom, only root sees")
    fix = f"on the host, as root: systemctl disable --now {who}; or set another STAGEKIT_PORT"
    return Finding("ports", "fail", f"{facts.port} is taken by {who}", fix=fix)


def names(facts: CheckFacts) -> Finding:
    """Whether the stage's names lead to the host."""
    if not facts.names:
        return Finding("names", "info", "not checked: name a stage with --stage")
    if all(name.endswith(".localhost") for name in facts.names):
        return Finding("names", "ok", f"{next(iter(facts.names))} and its like are this machine, for browsers")
    unknown = [name for name, found in facts.names.items() if not found]
    where = f"to {facts.addresses[0]}" if facts.addresses else "to the host's address"
    if unknown:
        words = f"{_few(unknown)} {'does' if len(unknown) == 1 else 'do'} not resolve"
        domain = unknown[0].partition(".")[2]
        return Finding("names", "fail", words, fix=f"add to the DNS: *.{domain} {where}")
    strange = [name for name, found in facts.names.items() if facts.addresses and not {*found} & {*facts.addresses}]
    if strange:
        words = f"{_few(strange)} leads to {facts.names[strange[0]][0]}, and the host is {facts.addresses[0]}"
        fix = f"right where a proxy stands before the host; else change the DNS {where}"
        return Finding("names", "warn", words, fix=fix)
    return Finding("names", "ok", f"{next(iter(facts.names))} and its like lead to the host")


def access(facts: CheckFacts) -> Finding:
    """Whether only keys let in, and whether dead connections are noticed."""
    found = facts.host.sshd
    if found is None:
        return Finding("access", "info", f"not checked: only root sees it; stagekit host check {_root(facts)}")
    if is_strict(found):
        return Finding("access", "ok", "only keys let in")
    words = "passwords let in" if found.password or found.keyboard else "dead connections are not noticed"
    return Finding("access", "warn", words, fix=f"stagekit host init {_root(facts)}")


def firewall(facts: CheckFacts) -> Finding:
    """Whether our firewall is in force."""
    if facts.host.filtering is None:
        return Finding("firewall", "info", "not checked: only root sees it")
    if facts.host.filtering:
        return Finding("firewall", "ok", "lets in SSH and the web, and what Docker publishes")
    fix = f"stagekit host init {_root(facts)}; or leave it to the cloud's own firewall"
    return Finding("firewall", "warn", "the host has none of stagekit's", fix=fix)


def logs(facts: CheckFacts) -> Finding:
    """Whether logs are bounded and containers outlive the engine."""
    lacks = [
        name
        for name, key in (("log rotation", "max-size"), ("live-restore", "live-restore"))
        if key not in facts.host.daemon
    ]
    if not lacks:
        return Finding("settings", "ok", "logs are bounded, containers outlive a restart of the engine")
    fix = f"stagekit host init {_root(facts)}"
    return Finding("settings", "warn", f"the engine has no {' and no '.join(lacks)}", fix=fix)


CHECKS: tuple[Callable[[CheckFacts], Finding], ...] = (
    engine,
    store,
    disk,
    memory,
    clock,
    ports,
    names,
    access,
    firewall,
    logs,
)


def _root(facts: CheckFacts) -> str:
    scheme, _, rest = facts.target.partition("://")
    return f"{scheme}://root@{rest.rpartition('@')[2]}"


def _few(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _size(count: float) -> str:
    return f"{count / GB:.1f} GB" if count < 10 * GB else f"{count / GB:.0f} GB"
