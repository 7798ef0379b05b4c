"""The way of `up`: place, engine, images, model, observation, plan, execution, and the table at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from stagekit.bootstrap import Engine
from stagekit.cli.engines import engine_for
from stagekit.cli.guarding import guard
from stagekit.cli.people import people_of
from stagekit.cli.place import (
    BuildLog,
    Place,
    bind_of,
    on_terminal,
    open_compose,
    open_engine,
    open_place,
    read_model,
    with_free_port,
    write_env,
)
from stagekit.cli.progress import progress
from stagekit.cli.staging import Staging
from stagekit.cli.turns import in_turn
from stagekit.compose import Build, Model
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.context import parts
from stagekit.doors.engine import EngineDoor
from stagekit.doors.network import listener_of, port_is_free
from stagekit.errors import StagekitError, UsageError
from stagekit.execute import Executor
from stagekit.images import Built, inputs_hash
from stagekit.plan import Plan, Wanted, plan_up
from stagekit.report.text import address_lines, seconds
from stagekit.stage import Observation, observe


def bring_up(
    directory: Path,
    *,
    assume_yes: bool,
    clock: Callable[[], float],
    only_plan: bool = False,
    only_images: bool = False,
    stage: str = "",
    platform: str = "",
) -> int:
    """Everything `up` does, or, with `only_images`, what `build` does.

    clock     gives the seconds since the command began
    stage     a hosted one whose images are built: its files may name services that the stage here has not
    platform  what images are built for, unless the x-stagekit block says; if empty, as the engine here does
    """
    place = open_place(directory)
    _refuse_hosted(place)
    guard(place)
    with nullcontext() if only_plan else in_turn(place, "build" if only_images else "up"):
        place = open_place(directory)  # anew: there may have been a wait
        engine = engine_for(place, assume_yes=assume_yes)
        door = open_engine(engine)
        place = _settled(place, engine, door)
        built = (
            replace(open_place(directory, stage=stage), project=place.project, images=place.images) if stage else place
        )
        compose = open_compose(built, engine)
        model = read_model(built, compose)
        guard(built, model)
        if not only_plan:
            _prepare(place, engine, door)
        platform = model.block.platform or platform
        if platform:
            compose.set("DOCKER_DEFAULT_PLATFORM", platform)
        observation = observe(door, model.project, _references(model))
        wanted = _wanted(place, model, observation, compose, platform)
        plan = plan_up(model, observation, wanted, limit=place.settings.timeout)
        plan = plan.images() if only_images else plan
        if only_plan:
            print("\n".join(plan.lines()) or "nothing to do")
            return 0
        if not plan:
            well = "every image is as its files are" if only_images else f"{place.settings.stage}: healthy"
            print(f"{well}, nothing to do ({seconds(clock())})")
            return 0
        staging = Staging(place, engine, model)
        _execute(plan, place, model, compose, door, staging, platform)
        if said := staging.finish():
            print(f"{'deliver':<10} {said}")
        print(f"built in {seconds(clock())}" if only_images else _ending(place, model, clock()))
        return 0


def _refuse_hosted(place: Place) -> None:
    if place.settings.host:
        stage = place.settings.stage
        raise UsageError(
            f"the stage {stage} runs at its host, and is not brought up here",
            next=f"bring the product up here with STAGEKIT_STAGE unset; there with: stagekit promote --stage {stage}",
        )


def _settled(place: Place, engine: Engine, door: EngineDoor) -> Place:
    """The place with its image source and its port decided."""
    from stagekit.cli.sources import decide_images

    return _with_port(decide_images(place, engine, door), door)


def _prepare(place: Place, engine: Engine, door: EngineDoor) -> None:
    """Writes the place down, and builds what its images stand on."""
    from stagekit.cli.sources import prepare_packages

    write_env(place)
    if place.images == "packages":
        prepare_packages(place, engine, door)


def _with_port(place: Place, door: EngineDoor) -> Place:
    port = place.address.port
    held = {published for c in observe(door, place.project).containers for _, published in c.ports}
    if port in held or port_is_free(port, bind_of(place.settings)):
        return place
    who = listener_of(port)
    if place.settings.port:
        raise StagekitError(
            f"port {port} is taken",
            evidence=[("by", who or "a program of another user"), ("asked for", "STAGEKIT_PORT")],
            next="end that program, or set another STAGEKIT_PORT; without one, stagekit finds a free port",
            slug="port-taken",
        )
    moved = with_free_port(place)
    print(f"{'port':<10} {port} is taken{f' by {who}' if who else ''}; using {moved.address.port}")
    return moved


def _references(model: Model) -> set[str]:
    bases = {value for s in model.services.values() if s.build for key, value in s.build.args if key.endswith("_IMAGE")}
    return {service.image for service in model.services.values()} | bases


def _wanted(place: Place, model: Model, observation: Observation, compose: ComposeDoor, platform: str) -> Wanted:
    builds = {s.image: s.build for s in model.services.values() if s.build}
    kept = place.checkout.state("builds")
    return Wanted(
        inputs={image: _inputs(platform, build, observation.images) for image, build in builds.items()},
        built={image: Built(row["inputs"], row["image"]) for image, row in kept.items() if _is_row(row)},
        definitions=compose.definitions(),
    )


def _inputs(platform: str, build: Build, images: Mapping[str, str]) -> str:
    return inputs_hash([*([("platform", platform.encode())] if platform else []), *parts(build, images)])


def _is_row(row: object) -> bool:
    # The file is a cache that anybody may have touched: what cannot be read is built again.
    return isinstance(row, dict) and {"inputs", "image"} <= row.keys()


def _execute(
    plan: Plan,
    place: Place,
    model: Model,
    compose: ComposeDoor,
    door: EngineDoor,
    staging: Staging,
    platform: str,
) -> None:
    listener = progress(live=on_terminal())
    with BuildLog(place, "build.log") as log:
        executor = Executor(model, compose, door, listener, _note(place, model, door, platform), log, staging.start)
        try:
            executor.execute(plan)
        finally:
            listener.close()


def _note(place: Place, model: Model, door: EngineDoor, platform: str) -> Callable[[str], None]:
    """Remembers what an image was built from, so that unchanged inputs need no build."""
    builds = {s.image: s.build for s in model.services.values() if s.build}

    def note(reference: str) -> None:
        here = observe(door, model.project, _references(model)).images
        row = {"inputs": _inputs(platform, builds[reference], here), "image": here.get(reference, "")}
        place.checkout.keep_state("builds", place.checkout.state("builds") | {reference: row})

    return note


def _ending(place: Place, model: Model, elapsed: float) -> str:
    return "\n".join(
        [
            f"ready in {seconds(elapsed)}",
            "",
            *address_lines(model, place.address, people_of(place, model)),
            "",
            "stop with `stagekit down`; look with `stagekit status`",
        ]
    )
