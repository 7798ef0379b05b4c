"""Where third-party images come from: decided at the first `up` of a checkout, then only by a person."""

from __future__ import annotations

from dataclasses import replace

from stagekit.bootstrap import Engine, ensure_base_image

from stagekit.cli.place import Place, open_compose, read_model, variables
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.context import parts
from stagekit.doors.engine import EngineDoor
from stagekit.images import Built, inputs_hash
from stagekit.images.bases import BASES, BASES_FILE, bases_used, service_of
from stagekit.stage.failure import build_error


def decide_images(place: Place, engine: Engine, door: EngineDoor) -> Place:
    """The place with its image source: what was set, else what was decided before, else what answers now."""
    if place.images:
        return _kept(place)
    official = replace(place, images="registry")
    model = read_model(official, open_compose(official, engine))
    third_party = sorted({s.image for s in model.services.values() if not s.build})
    answered = _here_or_offered(door, third_party)
    source = "registry" if answered else "packages"
    words = "from their registry" if answered else "no image registry answers; built from packages (once)"
    print(f"{'images':<10} {words}; STAGEKIT_IMAGES decides otherwise")
    return _kept(replace(place, images=source))


def prepare_packages(place: Place, engine: Engine, door: EngineDoor) -> None:
    """Builds the base images that this project's Dockerfiles stand on, where they are missing or changed."""
    texts = [file.read_text(encoding="utf-8") for file in place.files]
    needed = bases_used(texts)
    if not needed:
        return
    ensure_base_image(engine, _say)
    compose = _bases_compose(place, engine)
    changed = _changed(place, compose, door, needed)
    if changed:
        _build(place, compose, door, changed)


def _kept(place: Place) -> Place:
    place.checkout.hide_from_git(".env", ".stagekit/")
    place.checkout.keep_state("stage", {"images": place.images})
    return place


def _here_or_offered(door: EngineDoor, references: list[str]) -> bool:
    missing = [reference for reference in references if door.image(reference) is None]
    return not missing or door.registry_answers(missing[0])


def _bases_compose(place: Place, engine: Engine) -> ComposeDoor:
    return ComposeDoor(
        docker=engine.docker,
        host=engine.host,
        directory=BASES_FILE.parent,
        files=[BASES_FILE],
        project="stagekit-packages",
        variables={**engine.env, **variables(place)},
    )


def _changed(place: Place, compose: ComposeDoor, door: EngineDoor, needed: tuple[str, ...]) -> dict[str, Built]:
    hashes = {key: _inputs(key) for key in needed}
    kept = place.checkout.state("builds")
    found = {key: door.image(BASES[key]) for key in needed}
    current = {key: Built(hashes[key], str(raw["Id"]) if raw else "") for key, raw in found.items()}
    return {key: now for key, now in current.items() if not now.image_id or kept.get(BASES[key]) != _row(now)}


def _inputs(argument: str) -> str:
    from stagekit.compose import Build

    build = Build(context=str(BASES_FILE.parent), dockerfile="Dockerfile", target=service_of(argument))
    return inputs_hash(parts(build, {}))


def _build(place: Place, compose: ComposeDoor, door: EngineDoor, changed: dict[str, Built]) -> None:
    services = [service_of(key) for key in changed]
    _say("images", f"building the base images {', '.join(services)}")
    lines: list[str] = []
    try:
        for line in compose.build(services):
            lines = [*lines[-199:], line]
    except ComposeFailed as failed:
        raise build_error(f"building {', '.join(services)}", [*lines, *failed.text.splitlines()]) from None
    rows = {}
    for key, before in changed.items():
        raw = door.image(BASES[key])
        rows[BASES[key]] = _row(Built(before.inputs, str(raw["Id"]) if raw else ""))
    place.checkout.keep_state("builds", place.checkout.state("builds") | rows)


def _row(built: Built) -> dict[str, str]:
    return {"inputs": built.inputs, "image": built.image_id}


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", flush=True)
