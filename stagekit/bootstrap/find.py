"""Which Docker engine a command uses.

In this order: DOCKER_HOST or DOCKER_CONTEXT of the environment; the context of the person's docker configuration; an
engine that answers at a usual socket; the embedded engine, started if it is down; else none. An engine that somebody
named, or that is installed but stopped, is never replaced by another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stagekit.bootstrap.answer import Answer
from stagekit.bootstrap.check import ask_through, check_client, check_engine, check_plugins, embedded_plugins
from stagekit.bootstrap.client import Context, config_folder, find_context, write_config
from stagekit.bootstrap.daemon import start
from stagekit.bootstrap.machine import Machine, this_machine
from stagekit.bootstrap.refusals import context_unknown, not_answering, not_permitted, stopped

Kind = Literal["embedded", "system", "environment", "context"]
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine that answers and is new enough.

    host     as DOCKER_HOST has it, such as unix:///var/run/docker.sock
    docker   the docker client's path
    env      what a child process needs to reach it: DOCKER_HOST, PATH, and DOCKER_CONFIG for the embedded one
    kind     how it was found
    version  the engine's; `compose` and `buildx` are the plugins'
    """

    host: str
    docker: str
    env: dict[str, str] = field(repr=False)
    kind: Kind
    version: str
    compose: str
    buildx: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine to use, before it was asked anything."""

    host: str
    kind: Kind
    context: Context | None = None


def find_engine(*, say: Say = lambda step, text: None, machine: Machine | None = None) -> Engine | None:
    """The engine to use, or None where this machine has none. Raises EngineError for one that cannot be used."""
    here = machine or this_machine()
    choice = choose(here)
    if choice is None:
        return None
    if choice.kind == "embedded":
        return _embedded(here, say)
    return _other(here, choice)


def choose(machine: Machine) -> Choice | None:
    """The engine to use. Raises EngineError where one is installed but stopped, or may not be reached."""
    return _named(machine) or _usual(machine)


def usual_sockets(machine: Machine) -> tuple[Path, ...]:
    """Where engines listen, the machine's own first."""
    home, runtime = machine.home, machine.env.get("XDG_RUNTIME_DIR", "")
    return (
        machine.root / "var/run/docker.sock",
        home / ".docker/run/docker.sock",
        home / ".docker/desktop/docker.sock",
        home / ".orbstack/run/docker.sock",
        home / ".colima/default/docker.sock",
        home / ".rd/docker.sock",
        *([Path(runtime) / "docker.sock"] if runtime else []),
    )


def installed_engine(machine: Machine) -> str:
    """What shows that a Docker engine is installed, or nothing. A docker client alone is no engine."""
    for name in ("Docker", "OrbStack", "Rancher Desktop"):
        if (machine.root / "Applications" / f"{name}.app").is_dir():
            return name
    if program := machine.which("colima"):
        return program
    files = [machine.root / "opt/docker-desktop"]
    files += [machine.root / folder / "systemd/system/docker.service" for folder in ("etc", "lib", "usr/lib")]
    found = next((str(file) for file in files if file.exists()), "")
    return found or machine.which("dockerd") or ""


def _named(machine: Machine) -> Choice | None:
    host = machine.env.get("DOCKER_HOST", "")
    if host:
        # The embedded engine's own address, from `stagekit engine env`: it is started where it is down.
        ours = host == machine.places.host and machine.places.installed()
        return Choice(host, "embedded" if ours else "environment")
    context = find_context(machine.env, config_folder(machine.env, machine.home))
    if context is None:
        return None
    if not context.host:
        raise context_unknown(context.name)
    return Choice(context.host, "context", context)


def _usual(machine: Machine) -> Choice | None:
    refused = ""
    for socket in usual_sockets(machine):
        state = machine.ask(str(socket)).state
        if state in ("answers", "silent"):
            return Choice(f"unix://{socket}", "system")
        refused = refused or (str(socket) if state == "refused" else "")
    if machine.places.installed():
        return Choice(machine.places.host, "embedded")
    if refused:
        raise not_permitted(refused)
    if sign := installed_engine(machine):
        raise stopped(sign)
    return None


def _embedded(machine: Machine, say: Say) -> Engine:
    places = machine.places
    if machine.uid != 0:
        raise not_permitted(str(places.socket))
    start(places, machine.processes, say, machine.env)
    write_config(places, _own_config(machine))
    version = check_engine(machine.ask(str(places.socket)).version)
    compose, buildx = embedded_plugins(places)
    env = {
        "DOCKER_HOST": places.host,
        "DOCKER_CONFIG": str(places.docker_config),
        "PATH": _with_first(str(places.docker.parent), machine.env.get("PATH", "")),
    }
    return Engine(places.host, str(places.docker), env, "embedded", version, compose, buildx)


def _with_first(folder: str, path: str) -> str:
    return ":".join([folder, *(part for part in path.split(":") if part != folder)])


def _own_config(machine: Machine) -> Path:
    """The person's configuration; DOCKER_CONFIG may already be the embedded engine's, from `stagekit engine env`."""
    folder = config_folder(machine.env, machine.home)
    return folder if folder != machine.places.docker_config else machine.home / ".docker"


def _other(machine: Machine, choice: Choice) -> Engine:
    docker = check_client(machine)
    env = {"DOCKER_HOST": choice.host, "PATH": machine.env.get("PATH", "")}
    if choice.context and choice.context.tls:
        env |= {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(choice.context.tls)}
    version = check_engine(_answer(machine, choice, docker, env).version)
    compose, buildx = check_plugins(machine)
    return Engine(choice.host, docker, env, choice.kind, version, compose, buildx)


def _answer(machine: Machine, choice: Choice, docker: str, env: dict[str, str]) -> Answer:
    if choice.host.startswith("unix://"):
        answer = machine.ask(choice.host.removeprefix("unix://"))
    else:
        answer = ask_through(machine, docker, env)
    if answer.state == "refused":
        raise not_permitted(choice.host.removeprefix("unix://"))
    if answer.state != "answers":
        raise not_answering(choice.host, choice.kind, choice.context.name if choice.context else "")
    return answer
