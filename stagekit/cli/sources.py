"""Where third-party images come from: decided at the first `up` of a checkout, then only by a person."""

from __future__ import annotations

from dataclasses import replace

from stagekit.bootstrap import Engine, ensure_base_image
from stagekit.cli.place import BuildLog, Place, compose_files, on_terminal, open_compose, read_model, variables
from stagekit.cli.progress import progress
from stagekit.compose import Build
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.context import parts
from stagekit.doors.engine import EngineDoor
from stagekit.execute import build_images
from stagekit.images import inputs_hash
from stagekit.images.drop_ins import DROP_INS_FILE, KIT_IMAGES, DropIn, drop_ins_used


def decide_images(place: Place, engine: Engine, door: EngineDoor) -> Place:
    """The place with its image source: what was set, else what was decided before, else what answers now."""
    if place.images:
        return _kept(place)
    official = replace(place, images="registry")
    model = read_model(official, open_compose(official, engine))
    third_party = sorted({s.image for s in model.services.values() if not s.build})
    answered = _here_or_offered(door, third_party)
    source = "registry" if answered else "packages"
    words = "the official ones" if answered else "no image registry answers; built from packages (once)"
    print(f"{'images':<10} {words}; STAGEKIT_IMAGES decides otherwise")
    return _kept(replace(place, images=source))


def prepare_packages(place: Place, engine: Engine, door: EngineDoor) -> None:
    """Builds the drop-ins that this project stands on, where they are missing or were built from other files."""
    texts = [file.read_text(encoding="utf-8") for file in compose_files(place)]
    needed = drop_ins_used(texts)
    stale = [drop_in for drop_in in needed if not _is_current(drop_in, door)]
    if stale:
        ensure_base_image(engine, _say)
        _build(place, engine, stale)
        for drop_in in stale:
            _mark(drop_in, door)


def drop_ins_hash() -> str:
    """The hash of everything the drop-ins are built from."""
    return inputs_hash(parts(Build(context=str(KIT_IMAGES), dockerfile="Dockerfile"), {}))


def _kept(place: Place) -> Place:
    place.checkout.hide_from_git(".env", ".stagekit/")
    place.checkout.keep_state("stage", {"images": place.images})
    return place


def _here_or_offered(door: EngineDoor, references: list[str]) -> bool:
    missing = [reference for reference in references if door.image(reference) is None]
    return not missing or door.registry_answers(missing[0])


def _is_current(drop_in: DropIn, door: EngineDoor) -> bool:
    """Whether the image that was built from these files is there; it gets its name back, if another has taken it."""
    marked, named = door.image(drop_in.mark(drop_ins_hash())), door.image(drop_in.image)
    if marked and marked["Id"] != (named or {}).get("Id"):
        door.tag(marked["Id"], drop_in.image)
    return marked is not None


def _mark(drop_in: DropIn, door: EngineDoor) -> None:
    old = [tag for image in door.images() for tag in image["RepoTags"] if drop_in.is_mark(tag)]
    door.tag(drop_in.image, drop_in.mark(drop_ins_hash()))
    for tag in old:
        if tag != drop_in.mark(drop_ins_hash()):
            door.forget(tag)


def _build(place: Place, engine: Engine, stale: list[DropIn]) -> None:
    names = ", ".join(drop_in.service for drop_in in stale)
    compose = ComposeDoor(
        docker=engine.docker,
        host=engine.host,
        directory=KIT_IMAGES,
        files=[DROP_INS_FILE],
        project="stagekit-packages",
        variables={**engine.env, **variables(place)},
    )
    listener = progress(live=on_terminal())
    with BuildLog(place, "drop-ins.log") as log:
        try:
            build_images(compose, [drop_in.service for drop_in in stale], f"building {names}", listener, log)
        finally:
            listener.close()


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", flush=True)
