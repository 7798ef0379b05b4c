"""The facts of `doctor`, gathered through the doors: each that cannot be had is a finding, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from stagekit.bootstrap import Engine, find_engine
from stagekit.cli.guarding import given_to
from stagekit.cli.place import (
    Place,
    bind_of,
    ca_file,
    drafted,
    open_compose,
    open_engine,
    open_place,
    read_model,
    sources_of,
)
from stagekit.compose import Model
from stagekit.doctor import (
    CaFacts,
    EngineFacts,
    Finding,
    MachineFacts,
    PortFacts,
    ProjectFacts,
    examine_guards,
    examine_machine,
    examine_project,
)
from stagekit.doctor.finding import from_error
from stagekit.doors import machine
from stagekit.doors.engine import EngineDoor
from stagekit.doors.network import listener_of, port_is_free
from stagekit.doors.recipe import read_recipe
from stagekit.errors import EngineError, StagekitError
from stagekit.guards import check
from stagekit.settings import load
from stagekit.stage import observe

# Any address that shows a certificate of the public authorities, unless a proxy shows its own.
PUBLIC = "https://www.python.org/"


def examine(directory: Path) -> tuple[Finding, ...]:
    """Every finding about this machine, and about the project of this folder."""
    engine = _engine()
    place, unread = _place(directory)
    # What the project itself defines: drop-ins that stand in for third-party images are the kit's.
    place = replace(place, images="registry") if place else None
    model, refused = _model(place, engine) if place else (None, [])
    of_machine = examine_machine(_machine_facts(engine, place, model, directory))
    of_project = examine_project(_project_facts(place, engine, model)) if place and model else ()
    guarded = _guarded(place, model) if place else ()
    if any(finding.id == "missing-variable" and finding.level == "fail" for finding in guarded):
        refused = []  # Compose names the first of them, and nothing else
    return (*of_machine, *unread, *refused, *guarded, *of_project)


def _guarded(place: Place, model: Model | None) -> tuple[Finding, ...]:
    try:
        given = given_to(place)
    except StagekitError:
        return ()  # that a file cannot be read is a finding already
    return examine_guards(check(model, given), all_judged=model is not None)


def _engine() -> Engine | EngineError | None:
    try:
        return find_engine()
    except EngineError as problem:
        return problem


def _place(directory: Path) -> tuple[Place | None, list[Finding]]:
    try:
        return open_place(directory), []
    except StagekitError as problem:
        return None, from_error("settings" if problem.slug != "no-compose-file" else "project", problem)


def _model(place: Place, engine: Engine | EngineError | None) -> tuple[Model | None, list[Finding]]:
    """The model as Compose renders it; as far as it can be read without, where there is none or it refuses."""
    refused = []
    if isinstance(engine, Engine):
        try:
            return read_model(place, open_compose(place, engine)), []
        except StagekitError as problem:
            refused = from_error("definition", problem)
    try:
        return drafted(place), refused
    except StagekitError as problem:
        return None, refused or from_error("definition", problem)


def _machine_facts(
    engine: Engine | EngineError | None, place: Place | None, model: Model | None, directory: Path
) -> MachineFacts:
    folder = directory.resolve()
    found: EngineFacts | EngineError | None
    if isinstance(engine, Engine):
        found, folder = _engine_facts(engine, open_engine(engine), folder)
    else:
        found = engine
    total, free = machine.memory()
    return MachineFacts(
        engine=found,
        memory=total,
        memory_free=free,
        disk_folder=str(folder),
        disk_free=machine.disk_free(folder),
        ca=_ca_facts(place),
        port=_port_facts(place, engine) if place else None,
        names=_names(place, model) if place else {},
    )


def _engine_facts(engine: Engine, door: EngineDoor, folder: Path) -> tuple[EngineFacts, Path]:
    info = door.info()
    theirs = datetime.fromisoformat(info["SystemTime"][:19] + "+00:00") if info.get("SystemTime") else None
    facts = EngineFacts(
        host=engine.host,
        kind=engine.kind,
        version=engine.version,
        compose=engine.compose,
        buildx=engine.buildx,
        memory=int(info.get("MemTotal") or 0),
        ahead=theirs.timestamp() - machine.now() if theirs else 0.0,
    )
    root = Path(info.get("DockerRootDir") or "/nowhere")
    return facts, root if engine.host.startswith("unix:") and root.is_dir() else folder


def _port_facts(place: Place, engine: Engine | EngineError | None) -> PortFacts:
    port = place.address.port
    if port_is_free(port, bind_of(place.settings)):
        return PortFacts(port, free=True)
    held = observe(open_engine(engine), place.project).containers if isinstance(engine, Engine) else ()
    ours = any(published == port for container in held for _, published in container.ports)
    return PortFacts(port, free=False, ours=ours, by=listener_of(port), asked=place.settings.port is not None)


def _names(place: Place, model: Model | None) -> dict[str, bool]:
    labels = list(model.block.names) if model else []
    names = [f"{label}.{place.settings.domain}" for label in labels]
    return {name: machine.resolves(name) for name in names}


def _ca_facts(place: Place | None) -> CaFacts:
    given = ca_file(place.settings if place else load({}))
    file = str(place.checkout.directory / given) if place and given else given
    there = bool(file) and Path(file).is_file()
    public = machine.trust(PUBLIC, machine.public_bundle())
    ours = machine.trust(PUBLIC, Path(file)) if there and public == "refused" else "unreachable"
    return CaFacts(PUBLIC.split("/")[2], public, file, there, ours)


def _project_facts(place: Place, engine: Engine | EngineError | None, model: Model) -> ProjectFacts:
    directory = place.checkout.directory
    door = open_engine(engine) if isinstance(engine, Engine) else None
    recipes = {s.name: read_recipe(s.build, directory) for s in model.services.values() if s.build}
    probed = {s.name for s in model.services.values() if door and not s.probed and _image_probes(door, s.image)}
    return ProjectFacts(model, sources_of(place), recipes, frozenset(probed))


def _image_probes(door: EngineDoor, reference: str) -> bool:
    raw = door.image(reference)
    return bool(raw and ((raw.get("Config") or {}).get("Healthcheck") or {}).get("Test"))
