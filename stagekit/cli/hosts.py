"""The connection to a stage's host, or to a machine that is named by its address."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stagekit.cli.place import Place, open_place
from stagekit.doors.client import EngineGone
from stagekit.doors.machine import environment
from stagekit.doors.ssh import READY_WITHIN, SshDoor
from stagekit.errors import HostError, StagekitError
from stagekit.hosts import Target, explain, parse_target
from stagekit.settings import load


def connect(place: Place) -> SshDoor:
    """The connection to the stage's host, made, with a Docker engine there that may be used.

    Use it as `with connect(place) as host:`. It raises HostError, and so does everything that finds it broken later.
    """
    target = host_of(place)
    door = reach(target, config_of(place))
    if door.engine == "engine":
        return door
    door.close()
    raise explain(target, "", hop="permission" if door.engine == "denied" else "engine")


@contextmanager
def engine_of(place: Place, door: SshDoor) -> Iterator[None]:
    """Whatever finds the host's engine gone in this block raises HostError, which says whether it or the way broke."""
    try:
        yield
    except EngineGone as gone:
        raise explain(host_of(place), gone.text, hop="engine-lost" if door.alive() else "lost") from None


@dataclass(frozen=True)
class Way:
    """The way to a machine: whom to connect to, by which SSH configuration file."""

    target: Target
    config: Path | None

    def connect(self, *, ask: bool = False) -> SshDoor:
        """A connection, made. With `ask`, the client may ask for a password on the terminal."""
        return reach(self.target, self.config, ask=ask)

    def as_user(self, user: str) -> Way:
        """The way to the same machine as somebody else."""
        return replace(self, target=replace(self.target, user=user))


def way_to(arguments: argparse.Namespace) -> Way:
    """The way to the machine that is named by its address, else to the host of the stage."""
    if not arguments.address:
        place = open_place(arguments.project_directory, stage=arguments.stage)
        return Way(host_of(place), config_of(place))
    return Way(parse_target(arguments.address), _config_here(arguments))


def _config_here(arguments: argparse.Namespace) -> Path | None:
    """The SSH configuration file that the settings name; outside of any project, the environment's."""
    try:
        return config_of(open_place(arguments.project_directory, stage=arguments.stage))
    except StagekitError as problem:
        if problem.slug != "no-compose-file":
            raise
    return _checked(load(environment()).ssh_config, arguments.project_directory)


def reach(target: Target, config: Path | None = None, *, within: float = READY_WITHIN, ask: bool = False) -> SshDoor:
    """A connection to a machine, made, whether or not it has Docker. Raises HostError.

    ask  whether the client may ask for a password on the terminal; it then has as long as the person takes
    """

    def failure(text: str, lost: bool) -> HostError:
        return explain(target, text, hop="lost" if lost else None)

    try:
        return SshDoor(target.words(), config=config, within=within, ask=ask, failure=failure).open()
    except FileNotFoundError:
        raise explain(target, "", hop="program") from None


def host_of(place: Place) -> Target:
    """The host that the stage runs on. Raises HostError where none is named."""
    stage = place.settings.stage
    if place.settings.host:
        return parse_target(place.settings.host)
    raise HostError(
        f"the stage {stage} has no host",
        evidence=[
            ("a real one", f"STAGEKIT_HOST=ssh://deploy@NAME, in .env.{stage} or before the command"),
            ("none at hand", "`make staging-rehearsal`: all of it on a throw-away host (`stagekit rehearsal up`)"),
        ],
        next=f"name the host in .env.{stage}; `stagekit host init` makes one of a machine",
        slug="host-not-named",
    )


def config_of(place: Place) -> Path | None:
    """The SSH configuration file that the settings name. Raises HostError where it is not there."""
    return _checked(place.settings.ssh_config, place.checkout.directory)


def _checked(name: str | None, folder: Path) -> Path | None:
    if not name:
        return None
    path = folder / Path(name).expanduser()
    if path.is_file():
        return path
    raise HostError(
        f"there is no SSH configuration file {path}",
        evidence=[("asked for", "STAGEKIT_SSH_CONFIG")],
        next="bring it back, or take the setting out; of a rehearsal host: stagekit rehearsal up",
        slug="host-ssh-config",
    )
