"""The machine of a rehearsal host: one Compose project at the engine of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from stagekit.bootstrap.find import Engine
from stagekit.bootstrap.rehearsal.keys import Keys
from stagekit.bootstrap.rehearsal.names import Rehearsal
from stagekit.bootstrap.rehearsal.wanted import Wanted
from stagekit.compose import Build
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.context import parts
from stagekit.doors.engine import EngineDoor
from stagekit.errors import EngineError
from stagekit.execute import Listener, Log, build_images
from stagekit.images import inputs_hash
from stagekit.stage import Container, observe
from stagekit.stage.failure import compose_error

KIT = Path(__file__).resolve().parents[2] / "kit" / "rehearsal"
# The label that carries the hash of what the machine's image was built from.
INPUTS_LABEL = "stagekit.inputs"
SERVICE = "machine"


def image_of(wanted: Wanted) -> str:
    """The image that a machine is made of."""
    return f"stagekit-rehearsal/{wanted.kind}:13"


def variables_of(rehearsal: Rehearsal, wanted: Wanted, base: str) -> dict[str, str]:
    """What the machine's Compose file interpolates, but for the keys."""
    return {
        "REHEARSAL_KIND": wanted.kind,
        "REHEARSAL_BASE": base,
        "REHEARSAL_NAME": rehearsal.stage,
        "REHEARSAL_STORE": wanted.store,
        "REHEARSAL_SSH_PORT": str(wanted.ssh_port),
        "REHEARSAL_PORT": str(wanted.port),
    }


def keys_of(keys: Keys) -> dict[str, str]:
    """The keys, as its Compose file interpolates them. The private one goes by the environment and the engine's API."""
    return {
        "REHEARSAL_KEY": keys.public,
        "REHEARSAL_HOST_KEY_PUBLIC": keys.host_public,
        "REHEARSAL_HOST_KEY": keys.host_private.reveal(),
    }


def compose_of(rehearsal: Rehearsal, engine: Engine, variables: dict[str, str]) -> ComposeDoor:
    """The Compose door of the machine. Raises EngineError where its ports would be published elsewhere."""
    if not engine.host.startswith("unix:"):
        raise EngineError(
            f"a rehearsal host needs an engine of this machine, and {engine.host} is another's",
            next="unset DOCKER_HOST, or `docker context use default`",
            slug="engine-elsewhere",
        )
    return ComposeDoor(
        docker=engine.docker,
        host=engine.host,
        directory=KIT,
        files=[KIT / "compose.yaml"],
        project=rehearsal.project,
        variables={**engine.env, **variables},
    )


def build(
    compose: ComposeDoor,
    door: EngineDoor,
    wanted: Wanted,
    base: str,
    ca: str,
    listener: Listener,
    log: Log,
) -> None:
    """Builds the machine's image, unless the one that is there was built of the same."""
    inputs = inputs_of(wanted, base, door)
    raw = door.image(image_of(wanted))
    if raw is not None and (raw["Config"].get("Labels") or {}).get(INPUTS_LABEL) == inputs:
        return
    compose.set("REHEARSAL_INPUTS", inputs)
    if ca:
        compose.set("STAGEKIT_CA_FILE", ca)
    build_images(compose, [SERVICE], f"building {image_of(wanted)}", listener, log)


def inputs_of(wanted: Wanted, base: str, door: EngineDoor) -> str:
    """The hash of everything the machine's image is built from."""
    found = door.image(base)
    build = Build(context=str(KIT), dockerfile="Dockerfile", target=wanted.kind, args=(("DEBIAN_IMAGE", base),))
    return inputs_hash(parts(build, {base: str(found["Id"])} if found else {}))


def start(compose: ComposeDoor, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Creates what is missing of the machine, makes anew what is not as wanted, and starts it."""
    running = compose.up()
    try:
        while running.code() is None:
            sleep(0.05)
    except BaseException:
        running.interrupt()
        raise
    if running.code():
        raise compose_error(running.text())


def remove(compose: ComposeDoor) -> None:
    """Removes the machine with its disks: nobody waits for what runs there."""
    try:
        compose.down(volumes=True, at_once=True)
    except ComposeFailed as failed:
        raise compose_error(failed.text) from None


def container_of(rehearsal: Rehearsal, door: EngineDoor) -> Container | None:
    """The machine as the engine sees it, or None."""
    return next(iter(observe(door, rehearsal.project).containers), None)
