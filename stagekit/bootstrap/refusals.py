"""The errors about engines that are there and cannot be used: what it is, and what to type."""

from __future__ import annotations

from stagekit.errors import EngineError

ENGINE_AT_LEAST = (25, 0)
COMPOSE_AT_LEAST = (2, 26)


def not_permitted(socket: str) -> EngineError:
    """The socket is there, and this user may not open it."""
    return EngineError(
        f"this user may not use the Docker engine at {socket}",
        evidence=[("socket", "permission denied")],
        next="sudo usermod -aG docker $USER, then log in again; or run the same command with sudo",
        slug="engine-permission",
    )


def no_engine() -> EngineError:
    """No engine at all."""
    return EngineError(
        "there is no Docker engine on this machine", next="stagekit engine install", slug="engine-missing"
    )


def stopped(sign: str) -> EngineError:
    """An engine is installed and does not run."""
    return EngineError(
        "Docker is installed on this machine, but its engine does not run",
        evidence=[("found", sign)],
        next=f"{how_to_start(sign)}, then run the same command again",
        slug="engine-stopped",
    )


def how_to_start(sign: str) -> str:
    """What to type, from what shows that it is installed."""
    if sign in ("Docker", "OrbStack", "Rancher Desktop"):
        return f"open -a '{sign}'" if " " in sign else f"open -a {sign}"
    if sign.endswith("colima"):
        return "colima start"
    if "docker-desktop" in sign:
        return "systemctl --user start docker-desktop"
    return "sudo systemctl start docker" if sign.endswith(".service") else "sudo service docker start"


def not_answering(host: str, kind: str, context: str) -> EngineError:
    """Somebody named this engine, and it is not there."""
    named = {
        "environment": ("DOCKER_HOST", "start that engine, or `unset DOCKER_HOST` to use this machine's own"),
        "context": (f"docker context {context}", "start that engine, or `docker context use default`"),
    }
    by, next = named.get(kind, ("its socket", "sudo systemctl restart docker"))
    return EngineError(
        f"the Docker engine at {host} does not answer",
        evidence=[("named by", by)],
        next=f"{next}; then run the same command again",
        slug="engine-silent",
    )


def context_unknown(name: str) -> EngineError:
    """The docker configuration names a context that is not there."""
    return EngineError(
        f"the docker context {name} is in use, but there is no such context",
        next="docker context use default (or unset DOCKER_CONTEXT)",
        slug="engine-context",
    )


def engine_too_old(version: str) -> EngineError:
    """The engine answers and is too old."""
    return EngineError(
        f"Docker Engine {version} is too old: stagekit needs {_dotted(ENGINE_AT_LEAST)} or newer",
        next="upgrade Docker (https://docs.docker.com/engine/install/), then run the same command again",
        slug="engine-too-old",
    )


def client_missing() -> EngineError:
    """An engine answers, but there is no docker client."""
    return EngineError(
        "a Docker engine answers, but the docker client is not on the PATH",
        next="apt-get install docker-cli docker-compose docker-buildx (Debian 13), or Docker's docker-ce-cli, "
        "docker-compose-plugin and docker-buildx-plugin",
        slug="engine-client",
    )


def plugin_missing(name: str) -> EngineError:
    """The docker client lacks a plugin."""
    return EngineError(
        f"the docker client has no {name} plugin",
        next=f"apt-get install docker-{name}-plugin (Docker's packages), "
        f"{'docker-compose-v2' if name == 'compose' else 'docker-buildx'} (Ubuntu's) or docker-{name} (Debian 13's)",
        slug="engine-plugin",
    )


def compose_too_old(version: str) -> EngineError:
    """The Compose plugin is too old."""
    return EngineError(
        f"Docker Compose {version} is too old: stagekit needs {_dotted(COMPOSE_AT_LEAST)} or newer",
        next="upgrade the compose plugin (https://docs.docker.com/compose/install/linux/), then run it again",
        slug="engine-plugin",
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
