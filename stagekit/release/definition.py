"""What Compose is given at a host: the rendered definition, with images by their delivered names and nothing local."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stagekit.errors import ReleaseError
from stagekit.secrets.mounts import mounted, remounted, volumes
from stagekit.secrets.numbers import Pick

# What describes building and developing, which a host does not, and grants, which it knows as mounts.
LOCAL = ("build", "develop", "secrets")


def released(
    rendered: str, images: Mapping[str, str], names: Sequence[str] = (), secrets: Mapping[str, Pick] | None = None
) -> str:
    """The definition of a release, as JSON with its keys in order: equal definitions are equal texts.

    rendered  what `docker compose config --format json` printed for the stage
    images    what each service's image is called at the host
    names     the names of the stage in the order that people see them, which rendering loses
    secrets   the version of each secret that services are granted
    Raises ReleaseError for what cannot be promoted: a bind mount, a container's fixed name.
    """
    document = json.loads(rendered)
    _refuse(document["services"])
    services = {name: _service(raw, images[name], secrets or {}) for name, raw in document["services"].items()}
    kept = {key: document[key] for key in ("name", "networks", "volumes", "configs") if document.get(key)}
    if secrets:
        kept["volumes"] = {**kept.get("volumes", {}), **volumes(document["name"], secrets)}
    # Hooks run where somebody promotes, as the files there say: never as a host has kept them.
    block = {key: value for key, value in (document.get("x-stagekit") or {}).items() if key != "hooks"}
    kept |= {"x-stagekit": block} if block else {}
    return _text({**kept, "services": services}, names)


def _text(document: Mapping[str, Any], names: Sequence[str]) -> str:
    """Equal for equal definitions, with the names of the stage in this order."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    if not names:
        return text
    ordered = json.loads(text)
    block = ordered["x-stagekit"]
    block["names"] = {name: block["names"][name] for name in names}
    return json.dumps(ordered, separators=(",", ":"))


def alone(model: str) -> str:
    """A release's definition as Compose takes it where it starts a service alone: nothing depends on anything."""
    document = json.loads(model)
    for raw in document["services"].values():
        raw.pop("depends_on", None)
    return json.dumps(document)


def with_secret(model: str, name: str, old: Pick, new: Pick) -> str:
    """A release's definition with another version of a secret; as `released` would have made it."""
    document = json.loads(model)
    for raw in document["services"].values():
        if raw.get("volumes"):
            raw["volumes"] = remounted(raw["volumes"], name, old, new)
    project, gone = document["name"], volumes(document["name"], {name: old})
    kept = {key: volume for key, volume in document["volumes"].items() if key not in gone}
    document["volumes"] = {**kept, **volumes(project, {name: new})}
    return _text(document, tuple(document.get("x-stagekit", {}).get("names", ())))


def _service(raw: Mapping[str, Any], image: str, secrets: Mapping[str, Pick]) -> dict[str, Any]:
    kept = {key: value for key, value in raw.items() if key not in LOCAL}
    mounts = [*(raw.get("volumes") or ()), *mounted(raw, secrets)]
    return {**kept, **({"volumes": mounts} if mounts else {}), "image": image, "pull_policy": "never"}


def _refuse(services: Mapping[str, Any]) -> None:
    binds = [
        (name, f"{mount.get('source')} is on the machine that promotes")
        for name, raw in services.items()
        for mount in raw.get("volumes") or ()
        if mount["type"] == "bind"
    ]
    fixed = {name: raw["container_name"] for name, raw in services.items() if raw.get("container_name")}
    if binds:
        raise ReleaseError(
            "a bind mount cannot be promoted: the host has no such folder",
            evidence=binds[:5],
            next="copy the files into the image, or use a named volume; `stagekit doctor` shows the place",
            slug="release-bind-mount",
        )
    if fixed:
        raise ReleaseError(
            "a fixed container name keeps a new container from starting beside the old one",
            evidence=[(name, f"container_name: {given}") for name, given in fixed.items()][:5],
            next="take `container_name` out; Compose and stagekit find containers by their service",
            slug="release-container-name",
        )
