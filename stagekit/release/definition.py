"""What Compose is given at a host: the rendered definition, with images by their delivered names and nothing local."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stagekit.errors import ReleaseError
from stagekit.secrets.mounts import mounted, volumes

# What describes building and developing, which a host does not, and grants, which it knows as mounts.
LOCAL = ("build", "develop", "secrets")


def released(
    rendered: str, images: Mapping[str, str], names: Sequence[str] = (), secrets: Mapping[str, int] | None = None
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
    services = {name: _service(raw, images[name]) for name, raw in document["services"].items()}
    kept = {key: document[key] for key in ("name", "networks", "volumes", "configs") if document.get(key)}
    if secrets:
        kept["volumes"] = {**kept.get("volumes", {}), **volumes(document["name"], secrets)}
    # Hooks run where somebody promotes, as the files there say: never as a host has kept them.
    block = {key: value for key, value in (document.get("x-stagekit") or {}).items() if key != "hooks"}
    kept |= {"x-stagekit": block} if block else {}
    text = json.dumps({**kept, "services": services}, sort_keys=True, separators=(",", ":"))
    return _in_order(text, names) if names else text


def _in_order(text: str, names: Sequence[str]) -> str:
    document = json.loads(text)
    block = document["x-stagekit"]
    block["names"] = {name: block["names"][name] for name in names}
    return json.dumps(document, separators=(",", ":"))


def alone(model: str) -> str:
    """A release's definition as Compose takes it where it starts a service alone: nothing depends on anything."""
    document = json.loads(model)
    for raw in document["services"].values():
        raw.pop("depends_on", None)
    return json.dumps(document)


def with_secrets(model: str, numbers: Mapping[str, int]) -> str:
    """A release's definition with other versions of its secrets; as `released` would have made it."""
    document = json.loads(model)
    document["volumes"] |= volumes(document["name"], numbers)
    return json.dumps(document, separators=(",", ":"))


def _service(raw: Mapping[str, Any], image: str) -> dict[str, Any]:
    kept = {key: value for key, value in raw.items() if key not in LOCAL}
    mounts = [*(raw.get("volumes") or ()), *mounted(raw)]
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
