"""The way of `plan`, `promote` and `rollback`: connection, delivery, the release, its plan, and the switch."""

from __future__ import annotations

import getpass
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stagekit import __version__
from stagekit.bootstrap import Engine
from stagekit.carry.result import Delivered
from stagekit.carry.times import Times
from stagekit.cli.codes import Codes
from stagekit.cli.delivering import deliver_over, references_here
from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect, host_of
from stagekit.cli.place import Place, on_terminal, open_compose, read_model
from stagekit.cli.progress import Live, Plain, progress
from stagekit.compose import parse
from stagekit.database.vault import vault_of
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder
from stagekit.doors.ssh import SshDoor
from stagekit.hosts.state import folder_of
from stagekit.release import Release, ReleasedImage
from stagekit.release.definition import released
from stagekit.switching.course import Ready, Switching
from stagekit.switching.host import Host
from stagekit.switching.releases import Ledger, read_ledger
from stagekit.switching.walk import Walk


@dataclass
class Promoting:
    """A stage at its host, with everything open that a switch needs."""

    place: Place
    engine: Engine
    door: SshDoor
    folder: HostFolder
    listener: Plain | Live
    switching: Switching
    codes: Codes

    def deliver(self) -> Delivered:
        """Brings the images there; returns what came of it."""
        references = references_here(self.place, self.engine)
        return deliver_over(self.door, self.place, self.engine, references, self.listener, Times(time.monotonic))

    def release(self, delivered: Delivered, ledger: Ledger) -> Release:
        """The release of this checkout with the images that were delivered."""
        compose = open_compose(self.place, self.engine)
        read_model(self.place, compose)  # its guards
        images = {
            service: ReleasedImage(name=name, identity=image.identity)
            for image in delivered.images
            for service, name in image.names.items()
        }
        revision, changed = self.place.checkout.revision()
        made = Release(
            number=ledger.next_number(),
            stage=self.place.settings.stage,
            project=self.place.project,
            revision=revision,
            clean=not changed,
            by=self.switching.who,
            at=self.switching.now(),
            images=images,
            model=released(compose.render(), {service: image.name for service, image in images.items()}),
            tool=__version__,
        )
        return made.model_copy(update={"migration": self.codes.head(made, ledger)})


@contextmanager
def promoting(place: Place, listener: Plain | Live | None = None) -> Iterator[Promoting]:
    """Opens the stage's host. Raises HostError."""
    host_of(place)
    engine = engine_here(place)
    listener = listener or progress(live=on_terminal())
    try:
        with connect(place) as door, tempfile.TemporaryDirectory(prefix="stagekit-release-") as folder:
            remote = EngineDoor(door.engine_host)
            kept = HostFolder(door, _folder(place))
            codes = Codes(place, engine, remote)
            ready = _ready(place, engine, remote, listener, Path(folder), codes)
            switching = Switching(Host(remote, place.project), kept, ready, _who(), _now, listener.note)
            yield Promoting(place, engine, door, kept, listener, switching, codes)
    finally:
        listener.close()


def kept_releases(place: Place) -> Ledger:
    """What the host keeps of the stage's releases; changes nothing. Raises HostError."""
    with connect(place) as door:
        return read_ledger(HostFolder(door, _folder(place)))


def _folder(place: Place) -> str:
    return f"{folder_of(place.project)}/{place.settings.stage}"


def _ready(
    place: Place, engine: Engine, remote: EngineDoor, listener: Plain | Live, folder: Path, codes: Codes
) -> Callable[[Release], Ready]:
    def ready(release: Release) -> Ready:
        file = folder / f"release-{release.number}.json"
        file.write_text(release.model, encoding="utf-8")
        compose = ComposeDoor(
            docker=engine.docker,
            host=remote.host,
            directory=folder,
            files=[file],
            project=place.project,
            variables={**engine.env, "DOCKER_HOST": remote.host},
        )
        model = parse(release.model, directory=str(folder), files=(str(file),), sources={})
        walk = Walk(
            model=model,
            compose=compose,
            engine=remote,
            address=place.address,
            release=release.name,
            limit=place.settings.timeout,
            listener=listener,
            word=secrets.token_hex(16),
            vault=vault_of(model, remote),
        )
        return Ready(model, compose.definitions(), walk, codes.look(release, model))

    return ready


def _who() -> str:
    return getpass.getuser()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
