"""The checks of this machine: facts in, one finding each."""

from __future__ import annotations

from stagekit.doctor.facts import EngineFacts, MachineFacts
from stagekit.doctor.finding import Finding, Level

GB = 1_000_000_000
DISK_LEAST, DISK_GOOD = 3 * GB, 10 * GB
MEMORY_GOOD, MEMORY_FREE_GOOD = 3.5 * GB, 1 * GB  # a machine sold with 4 GB shows a little less
CLOCK_GOOD, CLOCK_MOST = 5.0, 120.0  # seconds; signed webhooks are refused past 300
COMPOSE_LEAST = (2, 26)
BUILDX_LEAST = (0, 13)

KINDS = {
    "embedded": "stagekit's own",
    "system": "this machine's",
    "environment": "named by DOCKER_HOST",
    "context": "of the docker context in use",
}


def engine(facts: MachineFacts) -> Finding:
    """Whether an engine answers."""
    found = facts.engine
    if isinstance(found, EngineFacts):
        return Finding("engine", "ok", f"Docker {found.version} at {found.host}, {KINDS.get(found.kind, found.kind)}")
    if found is None:
        fix = "stagekit up (on Debian and Ubuntu it sets up an engine of its own, as root), or install Docker"
        return Finding("engine", "fail", "there is no Docker engine on this machine", fix=fix)
    return Finding("engine", "fail", found.what, fix=found.next)


def compose(facts: MachineFacts) -> Finding:
    """Whether Compose is new enough."""
    return _plugin(facts, "compose", COMPOSE_LEAST)


def buildx(facts: MachineFacts) -> Finding:
    """Whether buildx is new enough."""
    return _plugin(facts, "buildx", BUILDX_LEAST)


def disk(facts: MachineFacts) -> Finding:
    """Whether images and data have room."""
    words = f"{_size(facts.disk_free)} free at {facts.disk_folder}"
    level: Level = "fail" if facts.disk_free < DISK_LEAST else "warn" if facts.disk_free < DISK_GOOD else "ok"
    if level == "ok":
        return Finding("disk", level, words)
    return Finding(
        "disk", level, f"{words}; a stage wants {_size(DISK_GOOD)}", fix="docker system df; docker image prune"
    )


def memory(facts: MachineFacts) -> Finding:
    """Whether a whole stack has room."""
    total = facts.engine.memory if isinstance(facts.engine, EngineFacts) and facts.engine.memory else facts.memory
    if not total:
        return Finding("memory", "info", "not checked: this machine does not say how much it has")
    if total < MEMORY_GOOD:
        fix = "give the engine 4 GB (Docker Desktop: Settings, Resources), or use a bigger machine"
        return Finding("memory", "warn", f"{_size(total)} for the engine; a whole stage wants 4 GB", fix=fix)
    if facts.memory_free and facts.memory_free < MEMORY_FREE_GOOD:
        words = f"{_size(facts.memory_free)} available of {_size(facts.memory)}"
        return Finding("memory", "warn", words, fix="end programs that you do not need: ps aux --sort=-rss | head")
    return Finding("memory", "ok", f"{_size(total)} for the engine")


def port(facts: MachineFacts) -> Finding:
    """Whether the stage's port can be had."""
    found = facts.port
    if found is None:
        return Finding("port", "info", "not checked: there is no project here, or its settings cannot be read")
    if found.free:
        return Finding("port", "ok", f"{found.number} is free")
    if found.ours:
        return Finding("port", "ok", f"{found.number} is this stage's")
    words = f"{found.number} is taken by {found.by or 'a program of another user'}"
    if found.asked:
        return Finding("port", "fail", words, "STAGEKIT_PORT", "end that program, or set another STAGEKIT_PORT")
    return Finding("port", "info", f"{words}; `stagekit up` takes the next free one")


def names(facts: MachineFacts) -> Finding:
    """Whether this machine's resolver knows the stage's names. Browsers and curl resolve `*.localhost` themselves."""
    unknown = [name for name, known in facts.names.items() if not known]
    if not unknown:
        known = next(iter(facts.names), "")
        return Finding("names", "ok", f"{known} and its like resolve here" if known else "the stage has no names")
    if all(name.endswith(".localhost") for name in unknown):
        words = f"{unknown[0]} and its like are for browsers and curl; this machine's resolver does not know them"
        return Finding("names", "info", words, fix="for other programs: apt-get install libnss-myhostname")
    words = f"this machine's resolver does not know {', '.join(unknown)}"
    return Finding("names", "warn", words, fix="add them to your DNS or to /etc/hosts, or unset STAGEKIT_DOMAIN")


def ca(facts: MachineFacts) -> Finding:
    """Whether builds would trust what the network shows them."""
    found = facts.ca
    fix = "set STAGEKIT_CA_FILE=/path/to/your-network-ca.pem in .env.local; builds get it as a secret"
    if found.file and not found.file_there:
        return Finding("ca", "fail", f"there is no file {found.file}", "STAGEKIT_CA_FILE", fix)
    if found.public == "trusted":
        return Finding("ca", "ok", "the network does not inspect TLS")
    if found.public == "unreachable":
        return Finding("ca", "info", f"not checked: {found.host} does not answer")
    if found.bundle == "trusted":
        return Finding("ca", "ok", f"the network inspects TLS; builds trust it through {found.file}")
    return Finding("ca", "fail", "the network inspects TLS with a CA that builds would not trust", fix=fix)


def clock(facts: MachineFacts) -> Finding:
    """Whether tokens and webhooks, signed at one clock, are in time by the other."""
    if not isinstance(facts.engine, EngineFacts):
        return Finding("clock", "info", "not checked: no engine answers")
    ahead = facts.engine.ahead
    if abs(ahead) < CLOCK_GOOD:
        return Finding("clock", "ok", "this machine's and the engine's agree")
    level: Level = "fail" if abs(ahead) > CLOCK_MOST else "warn"
    words = f"the engine's is {abs(ahead):.0f} s {'before' if ahead > 0 else 'behind'} this machine's"
    fix = "timedatectl set-ntp true where the engine runs; restart Docker Desktop after the laptop slept"
    return Finding("clock", level, words, fix=fix)


def _plugin(facts: MachineFacts, name: str, least: tuple[int, int]) -> Finding:
    if not isinstance(facts.engine, EngineFacts):
        return Finding(name, "info", "not checked: no engine answers")
    version: str = getattr(facts.engine, name)
    if _numbers(version) >= least:
        return Finding(name, "ok", version)
    words = f"{version or 'it'} is too old or not there; {least[0]}.{least[1]} or newer is needed"
    return Finding(name, "fail", words, fix=f"upgrade Docker's {name} plugin: https://docs.docker.com/engine/install/")


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.lstrip("v").split(".")[:2]
    return tuple(int(part) for part in parts) if len(parts) == 2 and all(p.isdigit() for p in parts) else ()


def _size(count: float) -> str:
    return f"{count / GB:.1f} GB" if count < 10 * GB else f"{count / GB:.0f} GB"
