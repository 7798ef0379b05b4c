"""What tests of delivery work with: two hosts, one for each image store, and images that nobody has had before."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import yaml

from stagekit.carry.deliver import Delivery
from stagekit.carry.look import look
from stagekit.carry.result import Delivered
from stagekit.carry.sources import sources_of
from stagekit.carry.stock import Stock
from stagekit.carry.times import Times
from stagekit.cli.staging import Silent
from stagekit.doors.layers import LayerCache
from stagekit.doors.ssh import SshDoor
from stagekit.doors.store import StoreDoor, StoreLost
from stagekit.hosts import parse_target
from stagekit.images.held import Held
from stagekit.images.names import parse_partial
from stagekit.settings import read_lines
from stagekit.testing.stage import run_stagekit
from tests.support.images import Made, archive, fresh

STORES = ("classic", "containerd")


@dataclass
class Machine:
    """A rehearsal host of the tests.

    checkout  the project folder that it belongs to
    """

    name: str
    checkout: Path
    settings: Mapping[str, str]
    _watch: tuple[SshDoor, StoreDoor] | None = field(default=None, init=False)

    def connect(self) -> SshDoor:
        """A connection of its own; use it as a context."""
        words = parse_target(self.settings["STAGEKIT_HOST"]).words()
        return SshDoor(words, config=self.checkout / self.settings["STAGEKIT_SSH_CONFIG"])

    def root(self, script: str) -> str:
        """What a shell script that root runs there writes. Fails where it fails."""
        done = run_stagekit(self.checkout, "rehearsal", "ssh", "--name", self.name, "--", script)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return done.stdout

    def logins(self) -> int:
        """How often the user that deploys has logged in so far."""
        count = (
            "journalctl --sync; journalctl --unit ssh --output cat | grep -c 'Accepted publickey for deploy' || true"
        )
        return int(self.root(count))

    def held(self) -> Held:
        """What its engine has now, over a connection that is kept for such questions."""
        for _ in range(2):
            try:
                return look(self.watching())
            except StoreLost:
                self.close()
        return look(self.watching())

    def close(self) -> None:
        """Lets that connection go."""
        if self._watch:
            self._watch[1].close()
            self._watch[0].close()
            self._watch = None

    def watching(self) -> StoreDoor:
        """Its store, over that connection."""
        if self._watch is None:
            door = self.connect().open()
            self._watch = door, StoreDoor(door.engine_host)
        return self._watch[1]

    def names(self) -> set[str]:
        """The names of all images there."""
        return {name for image in self.held().images.values() for name in image.names}

    def partial(self) -> set[str]:
        """The names of what is only half there."""
        return {name for name in self.names() if parse_partial(name)}


@contextmanager
def machine(checkout: Path, store: str) -> Iterator[Machine]:
    """A rehearsal host with this store, gone afterwards."""
    name = f"test-{store}"
    done = run_stagekit(checkout, "rehearsal", "up", "--name", name, "--store", store)
    assert done.returncode == 0, f"rehearsal up: {done.stdout}{done.stderr}"
    text = (checkout / f".env.rehearsal-{name}").read_text()
    found = Machine(name, checkout, read_lines(name, text).values)
    found.root('echo "PerSourcePenalties no" >/etc/ssh/sshd_config.d/50-tests.conf && systemctl reload ssh')
    try:
        yield found
    finally:
        found.close()
        run_stagekit(checkout, "rehearsal", "down", "--name", name)


@dataclass
class Rig:
    """A deployer: an engine, a cache and a project of its own, and the host it delivers to."""

    machine: Machine
    local: StoreDoor
    cache: LayerCache
    project: str = field(default_factory=lambda: fresh("p"))
    made: list[str] = field(default_factory=list)

    def load(self, images: Mapping[str, Made]) -> dict[str, str]:
        """Gives the images to the engine here; returns what each service's is called."""
        references = {service: f"{self.project}/{service}" for service in images}
        self.local.load(archive({f"{references[service]}:latest": made for service, made in images.items()}))
        self.made += references.values()
        return references

    def deliver(self, references: Mapping[str, str], **changes: object) -> Delivered:
        """One delivery over a connection of its own. `changes` replace parts of the Delivery: see `parts`."""
        with self.machine.connect() as door:
            host = StoreDoor(door.engine_host)
            try:
                return self.delivery(references, door, host, **changes).deliver()
            finally:
                host.close()

    def delivery_stock(self, references: Mapping[str, str]) -> Stock:
        """What a delivery takes its images from."""
        return Stock(self.local, self.cache, Silent(), sources_of(self.local, references), level=1)

    def delivery(self, references: Mapping[str, str], door: SshDoor, host: StoreDoor, **changes: object) -> Delivery:
        """A delivery over this connection, not yet begun."""
        parts = {
            "stock": self.delivery_stock(references),
            "host": host,
            "run": door.run,
            "listener": Silent(),
            **changes,
        }
        return Delivery(project=self.project, stage="test", times=Times(monotonic), **parts)  # type: ignore[arg-type]

    def close_images(self) -> None:
        """Removes what was made, here and at the host."""
        self.local.forget(self.made)
        self.forget_there(name for name in self.machine.names() if parse_partial(name) or f"/{self.project}/" in name)

    def close(self) -> None:
        """The end of it all."""
        self.close_images()
        self.local.close()

    def forget_there(self, names: Iterable[str]) -> None:
        """Removes names from the host."""
        self.machine.held()
        self.machine.watching().forget(names)

    def load_there(self, archive: Iterable[bytes]) -> None:
        """Gives an archive to the host as it is."""
        self.machine.held()
        self.machine.watching().load(archive)

    def names(self) -> set[str]:
        """The names of this project's images at the host."""
        return {name for name in self.machine.names() if f"/{self.project}/" in name}


def write_project(folder: Path, rig: Rig, references: Mapping[str, str]) -> Path:
    """A Compose project of these images whose stage `there` has the rig's host."""
    folder.mkdir(parents=True, exist_ok=True)
    services = {service: {"image": reference} for service, reference in references.items()}
    (folder / "compose.yaml").write_text(yaml.safe_dump({"services": services}))
    settings = rig.machine.settings
    lines = {
        "STAGEKIT_HOST": settings["STAGEKIT_HOST"],
        "STAGEKIT_SSH_CONFIG": str(rig.machine.checkout / settings["STAGEKIT_SSH_CONFIG"]),
        "STAGEKIT_PROJECT": rig.project,
    }
    (folder / ".env.there").write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    return folder


def environment(rig: Rig, **more: str) -> dict[str, str]:
    """The environment of a `stagekit` that uses the rig's cache."""
    return {**os.environ, "XDG_CACHE_HOME": str(rig.cache.folder.parent.parent), **more}


def stagekit(folder: Path, rig: Rig, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a verb on the stage `there`."""
    return run_stagekit(folder, *words, "--stage", "there", env=environment(rig, **more))


def until(true: Callable[[], bool], what: str, *, seconds: float = 30.0) -> None:
    """Asks until it is true; fails with `what` after `seconds`."""
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline, f"after {seconds:g} s still not so: {what}"
