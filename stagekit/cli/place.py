"""What every verb works on: the checkout, its settings, its address, and the doors to its engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.compose import Model, check_syntax, draft, parse, refused
from stagekit.doors.checkout import Checkout
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.engine import EngineDoor
from stagekit.doors.machine import environment
from stagekit.doors.network import port_is_free
from stagekit.errors import ComposeFileError
from stagekit.images.drop_ins import VARIABLES
from stagekit.settings import DERIVED, Settings, Source, known_keys, load, read_lines
from stagekit.stage import Address, choose_port, hosted_project, preferred_port, project_name
from stagekit.stage.address import STANDARD
from stagekit.stage.envfile import block_of, with_block, without_block

LOCAL = "local"
HOSTED = "compose.staging.yaml"
HTTPS, HTTPS_FILES = "compose.https.yaml", "compose.https.files.yaml"
SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Place:
    """One stage of one checkout, before anything is asked of an engine.

    sources  where settings were read from, a person's own lines only
    images   `registry` or `packages`, or empty while no `up` has decided
    """

    checkout: Checkout
    settings: Settings
    sources: tuple[Source, ...]
    address: Address
    project: str
    images: str

    @property
    def files(self) -> tuple[Path, ...]:
        """The Compose files, in order, without what the image source adds."""
        return self.checkout.compose_files()

    def release(self) -> str:
        """`a1b2c3`, `a1b2c3 + changes`, or nothing outside git."""
        revision, changed = self.checkout.revision()
        return f"{revision} + changes" if changed else revision


def open_place(directory: Path, *, stage: str | None = None, environ: Mapping[str, str] | None = None) -> Place:
    """The place a command is about. Raises SettingsError, or StagekitError outside a project.

    stage  the one that `--stage` names; it wins over the environment's
    """
    given = environment() if environ is None else environ
    given = {**given, "STAGEKIT_STAGE": stage} if stage else given
    checkout = Checkout.find(directory)
    settings, own = read_settings(checkout, given)
    remembered = read_lines(".env", block_of(checkout.read(".env"))).values
    return Place(
        checkout=checkout,
        settings=settings,
        sources=own,
        address=Address(settings.scheme, settings.domain, _port(checkout, settings, remembered)),
        project=settings.project or _project(checkout, settings),
        images=settings.images or str(checkout.state("stage").get("images", "")),
    )


def read_settings(checkout: Checkout, environ: Mapping[str, str]) -> tuple[Settings, tuple[Source, ...]]:
    """The settings of a checkout and the files they were read from. Raises SettingsError."""
    stage = environ.get("STAGEKIT_STAGE") or LOCAL
    if stage == LOCAL:
        # `STAGEKIT_HOST=… make staging-remote` builds here first, and the stage here has no host.
        environ = {key: value for key, value in environ.items() if key != "STAGEKIT_HOST"}
    texts = {f".env.{stage}": checkout.read(f".env.{stage}"), ".env": without_block(checkout.read(".env"))}
    own = tuple(read_lines(name, text) for name, text in texts.items())
    return load(environ, *own), own


def with_free_port(place: Place) -> Place:
    """The place at a port that is free, where nothing of it runs yet and nobody chose the port."""
    chosen = choose_port(str(place.checkout.directory), lambda port: port_is_free(port, bind_of(place.settings)))
    return replace(place, address=replace(place.address, port=chosen))


def variables(place: Place) -> dict[str, str]:
    """What Compose interpolates for this place, and what `.env` gets so that plain `docker compose` does the same."""
    revision, _ = place.checkout.revision()
    values = {
        "COMPOSE_PROJECT_NAME": place.project,
        "COMPOSE_FILE": os.pathsep.join(_relative(file, place) for file in compose_files(place)),
        "STAGEKIT_STAGE": place.settings.stage,
        "STAGEKIT_SCHEME": place.address.scheme,
        "STAGEKIT_DOMAIN": place.address.domain,
        "STAGEKIT_PORT": str(place.address.port),
        "STAGEKIT_BIND": bind_of(place.settings),
        "STAGEKIT_AUTHORITY": place.address.authority,
        "STAGEKIT_RELEASE": place.release() or "not in git",
        "STAGEKIT_REVISION": revision,
        "STAGEKIT_SOURCE": place.checkout.origin(),
        "STAGEKIT_IMAGES": place.images,
        "STAGEKIT_CA_FILE": ca_file(place.settings),
    }
    if tls_of(place) != "off":
        values |= {"STAGEKIT_TLS": tls_of(place), "STAGEKIT_HTTP_PORT": str(place.settings.http_port)}
    if place.images == "packages":
        values |= VARIABLES
    return {key: value for key, value in values.items() if value} | _passed_on(place)


def compose_files(place: Place) -> tuple[Path, ...]:
    """The Compose files of the place: with what a hosted stage differs in, and the overlay of package-built images."""
    from stagekit.images.overlay import overlay_of

    directory = place.checkout.directory
    files = (*place.files, *(directory / name for name in _hosted(place) if (directory / name).is_file()))
    overlay = overlay_of(place.files, directory) if place.images == "packages" else None
    return (*files, overlay) if overlay else files


def tls_of(place: Place) -> str:
    """Where the edge's certificate comes from: `own`, `files`, `acme`; `off` where the edge speaks http."""
    if place.address.scheme == "http" or not place.settings.host:
        return "off"
    return place.settings.tls or ("own" if is_below_localhost(place) else "acme")


def is_below_localhost(place: Place) -> bool:
    """Whether the stage's names are this machine for every browser: no DNS knows them."""
    return place.address.domain.rpartition(".")[2] == "localhost"


def _hosted(place: Place) -> tuple[str, ...]:
    """The files that a hosted stage has besides."""
    if not place.settings.host:
        return ()
    tls = tls_of(place)
    return (HOSTED, *((HTTPS,) if tls != "off" else ()), *((HTTPS_FILES,) if tls == "files" else ()))


def write_env(place: Place) -> None:
    """Brings the block in `.env` up to date, unless git tracks that file."""
    if place.checkout.hide_from_git(".env", ".stagekit/"):
        text = with_block(place.checkout.read(".env"), variables(place))
        place.checkout.write(".env", text, mode=0o600)


def open_compose(place: Place, engine: Engine) -> ComposeDoor:
    """The Compose door of the place."""
    return ComposeDoor(
        docker=engine.docker,
        host=engine.host,
        directory=place.checkout.directory,
        files=compose_files(place),
        project=place.project,
        variables={**engine.env, **variables(place), **_overriding(place)},
    )


def open_engine(engine: Engine) -> EngineDoor:
    """The engine door."""
    return EngineDoor(engine.host)


def read_model(place: Place, compose: ComposeDoor) -> Model:
    """The model; guards have not judged it. Raises ComposeFileError with file, line and key."""
    return read_rendered(place, compose)[1]


def read_rendered(place: Place, compose: ComposeDoor) -> tuple[str, Model]:
    """What Compose renders of the files, and the model of it. Raises as `read_model` does."""
    directory = place.checkout.directory
    sources = sources_of(place)
    check_syntax(sources)
    try:
        rendered = compose.render()
    except ComposeFailed as failed:
        raise refused(failed.text, sources) from None
    model = parse(rendered, directory=str(directory), files=tuple(sources), sources=sources)
    return rendered, model


def drafted(place: Place) -> Model:
    """The model as far as the files alone tell, without Compose. Raises ComposeFileError."""
    sources = sources_of(place)
    check_syntax(sources)
    known = {**environment(), **variables(place)}
    return draft(sources, directory=str(place.checkout.directory), variables=known)


def sources_of(place: Place) -> dict[str, str]:
    """The text of each Compose file, by the name that errors show. Raises ComposeFileError for a missing one."""
    return {_relative(file, place): _read(file) for file in compose_files(place)}


class BuildLog:
    """A file of `.stagekit/` that keeps every line of a build, of the newest build only."""

    def __init__(self, place: Place, name: str) -> None:
        self.name = f".stagekit/{name}"
        self._path = place.checkout.directory / self.name

    def __enter__(self) -> BuildLog:
        self._path.parent.mkdir(exist_ok=True)
        self._out = self._path.open("w", encoding="utf-8")
        return self

    def __call__(self, line: str) -> None:
        print(line, file=self._out)

    def __exit__(self, *_: object) -> None:
        self._out.close()


def on_terminal() -> bool:
    """Whether a person sees the output and can answer."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def _project(checkout: Checkout, settings: Settings) -> str:
    # Everybody who deploys a hosted stage means the same one, wherever their checkouts lie.
    if settings.host:
        return hosted_project(checkout.origin() or str(checkout.directory), settings.stage)
    return project_name(str(checkout.directory))


def _port(checkout: Checkout, settings: Settings, remembered: Mapping[str, str]) -> int:
    if settings.port:
        return settings.port
    if settings.host and settings.scheme == "https":
        return STANDARD["https"]
    kept = remembered.get("STAGEKIT_PORT", "")
    return int(kept) if kept.isdigit() else preferred_port(str(checkout.directory))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ComposeFileError(
            f"the Compose file {file} cannot be read",
            evidence=[("", str(problem))],
            next="bring it back, or take its name out of the x-stagekit block (`packages`)",
        ) from None


def _passed_on(place: Place) -> dict[str, str]:
    """The product's own settings of `.env.<stage>`, which Compose interpolates."""
    return {k: v for k, v in place.sources[0].values.items() if k not in known_keys() and k not in DERIVED}


def _overriding(place: Place) -> dict[str, str]:
    """Those that the environment sets too: it wins, for one command, and is not written down."""
    return {key: environment()[key] for key in _passed_on(place) if key in environment()}


def _relative(file: Path, place: Place) -> str:
    directory = place.checkout.directory
    return str(file.relative_to(directory)) if file.is_relative_to(directory) else str(file)


def bind_of(settings: Settings) -> str:
    """The address that the stage's port is published on: a host's own, where the stage has one; else loopback."""
    return settings.bind or ("0.0.0.0" if settings.host else "127.0.0.1")


def ca_file(settings: Settings) -> str:
    """The CA bundle that builds are given: the one that was set, else this machine's; empty where it has none."""
    if settings.ca_file:
        return settings.ca_file
    return str(SYSTEM_CA) if SYSTEM_CA.is_file() else ""
