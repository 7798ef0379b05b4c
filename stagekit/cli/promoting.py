"""The way of `plan`, `promote` and `rollback`: connection, delivery, the release, its plan, and the switch."""

from __future__ import annotations

import getpass
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from stagekit import __version__
from stagekit.bootstrap import Engine
from stagekit.carry.deliver import Delivery
from stagekit.carry.times import Times
from stagekit.cli.codes import Codes
from stagekit.cli.delivering import connecting, delivery_over, listener_of, references_here
from stagekit.cli.engines import engine_here
from stagekit.cli.files import Files
from stagekit.cli.guarding import guard
from stagekit.cli.hooks import HookRunner
from stagekit.cli.hosts import connect, engine_of
from stagekit.cli.place import Place, open_compose, read_rendered
from stagekit.cli.progress import Live, Plain
from stagekit.cli.released import Releases
from stagekit.cli.web import web_of
from stagekit.compose import Model
from stagekit.compose.block import Hooks
from stagekit.database.vault import vault_of
from stagekit.doors.checkout import Checkout
from stagekit.doors.engine import EngineDoor
from stagekit.doors.folder import HostFolder
from stagekit.doors.helper import HelperDoor
from stagekit.doors.ssh import SshDoor
from stagekit.errors import StagekitError
from stagekit.hosts.state import folder_of
from stagekit.promote.preview import Moving
from stagekit.release import Release, ReleasedImage
from stagekit.release.definition import released
from stagekit.release.evidence import Evidence, proof_of, read_evidence
from stagekit.secrets.numbers import Pick
from stagekit.secrets.store import SecretStore
from stagekit.stage import observe
from stagekit.switching.course import Ready, Switching
from stagekit.switching.failure import state_refused
from stagekit.switching.host import Host
from stagekit.switching.releases import Ledger, read_ledger
from stagekit.switching.walk import Walk


@dataclass
class Promoting:
    """A stage at its host, with everything open that a switch needs.

    references  tells what each service's image is called here
    """

    place: Place
    engine: Engine
    door: SshDoor
    folder: HostFolder
    listener: Plain | Live
    switching: Switching
    codes: Codes
    files: Files
    store: SecretStore
    releases: Releases
    references: Callable[[], dict[str, str]]

    def delivery(self) -> Delivery:
        """A delivery of the images as they are here now, not yet begun."""
        references, times = self.references(), Times(time.monotonic)
        return delivery_over(self.door, self.place, self.engine, references, self.listener, times)

    def hooks(self, *, lenient: bool = False) -> HookRunner:
        """The hooks of this checkout: of its own files, never of what a host has kept. Raises ComposeFileError.

        lenient  says that there are none where the files cannot be read: a way back must not depend on them
        """
        try:
            hooks = self.files.rendered[1].block.hooks
        except StagekitError as problem:
            if not lenient:
                raise
            self.listener.note(f"hooks are left out: {problem.what}")
            hooks = Hooks()
        return HookRunner(self.place, hooks, self.listener)

    def release(self, moving: Iterable[Moving], ledger: Ledger) -> Release:
        """The release of this checkout with the images that are delivered for it: the one that serves, or a new one."""
        rendered, here = self.files.rendered
        images = {
            service: ReleasedImage(name=name, identity=image.identity)
            for image in moving
            for service, name in image.names.items()
        }
        named = {service: image.name for service, image in images.items()}
        chosen = self.files.secrets(ledger, self.switching.host.engine.version)
        picks = {name: Pick(secret.number, secret.previous) for name, secret in chosen.items()}
        model = released(rendered, named, tuple(here.block.names), picks)
        if ledger.current and ledger.current.model == model:
            return ledger.current  # it serves already; what has come away from it is put right
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
            model=model,
            secrets=chosen,
            tests=proof_of(_tested(images, here), _evidence(self.place.checkout)),
            tool=__version__,
        )
        self.releases.begin(made)
        return made.model_copy(update={"migration": self.codes.head(made, ledger)})

    def notes(self, ledger: Ledger, *, strict: bool = False) -> list[str]:
        """What who promotes should know before anything changes.

        strict  Raises HostError where somebody has a port of the host that the stage needs
        """
        told, block = self.files.other_values(ledger, self.store), self.files.rendered[1].block
        if not block.edge:
            return told  # it has neither names nor a port that we know of
        seen = observe(self.switching.host.engine, self.place.project).containers
        own = {published for container in seen for _, published in container.ports}
        web = web_of(self.place, block.names, self.door, own)
        if strict:
            web.refuse_taken(self.place.settings.stage)
        return [*web.names, *web.ports, *told]

    def guard(self) -> None:
        """Raises GuardError that names everything of this checkout that must not reach the stage."""
        guard(self.place, self.files.rendered[1], self.files.held.at_hand())


@contextmanager
def promoting(place: Place, listener: Plain | Live | None = None, *, images: bool = True) -> Iterator[Promoting]:
    """Opens the stage's host. Raises HostError.

    images  whether the images that are here will be asked for
    """
    with connecting(place) as connection, ThreadPoolExecutor(2) as pool:
        # The files here are read while the connection is made: they tell nothing that it waits for.
        engine = engine_here(place)
        files = Files(place, pool.submit(lambda: read_rendered(place, open_compose(place, engine))))
        references = _asked(lambda: references_here(place, engine), pool if images else None)
        listener = listener or listener_of(quiet=False)
        with closing(listener), tempfile.TemporaryDirectory(prefix="stagekit-release-") as folder:
            door = connection()
            with engine_of(place, door), closing(EngineDoor(door.engine_host)) as remote:
                kept = state_at(door, place)
                codes = Codes(place, engine, remote, references)
                store = SecretStore(kept, HelperDoor(remote.host), place.project, who(), _now)
                releases = Releases(engine, remote.host, Path(folder), pool)
                ready = _ready(files, remote, listener, releases, codes, store)
                switching = Switching(Host(remote, place.project), kept, ready, who(), _now, listener.note)
                yield Promoting(
                    place, engine, door, kept, listener, switching, codes, files, store, releases, references
                )


def _asked(ask: Callable[[], dict[str, str]], pool: Executor | None) -> Callable[[], dict[str, str]]:
    """What gives an answer: one that is being asked for already, in a pool, or else one that is asked for by then."""
    if pool is None:
        return cache(ask)
    asked = pool.submit(ask)
    return lambda: asked.result()


def kept_releases(place: Place) -> Ledger:
    """What the host keeps of the stage's releases; changes nothing. Raises HostError."""
    with connect(place) as door:
        return read_ledger(state_at(door, place))


def state_at(door: SshDoor, place: Place) -> HostFolder:
    """What the host keeps of the stage. What it refuses, as with a full disk, is a ReleaseError."""
    return HostFolder(door, folder_at(place), failure=lambda said: state_refused(folder_at(place), said))


def folder_at(place: Place) -> str:
    """Where the host keeps what is known of the stage."""
    return f"{folder_of(place.project)}/{place.settings.stage}"


def _ready(
    files: Files, remote: EngineDoor, listener: Plain | Live, releases: Releases, codes: Codes, store: SecretStore
) -> Callable[[Release], Ready]:
    place = files.place

    def ready(release: Release) -> Ready:
        opened = releases.opened(release)
        model = opened.model
        walk = Walk(
            model=model,
            compose=opened.compose,
            engine=remote,
            address=place.address,
            release=release.name,
            limit=place.settings.timeout,
            listener=listener,
            word=secrets.token_hex(16),
            store=lambda names: files.store(store, model, names),
            vault=vault_of(model, remote),
        )
        return Ready(model, opened.definitions, opened.alone, walk, codes.look(release, model), store)

    return ready


def _tested(images: Mapping[str, ReleasedImage], model: Model) -> dict[str, ReleasedImage]:
    """What tests can have passed on anywhere: all but what keeps the certificate, which only a hosted stage has."""
    keeps = model.block.certificates.service if model.block.certificates else ""
    return {service: image for service, image in images.items() if service != keeps}


def _evidence(checkout: Checkout) -> Iterator[Evidence]:
    texts = (checkout.read(name) for name in checkout.names(".stagekit/evidence/*.json"))
    return (found for text in texts if (found := read_evidence(text)))


def who() -> str:
    """What releases and claims call the person at the keyboard."""
    return getpass.getuser()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
