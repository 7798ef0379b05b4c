"""The base images that Dockerfiles take as build arguments, where they are built from packages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

KIT_IMAGES = Path(__file__).resolve().parent.parent / "kit" / "images"

# A Compose file of its own: one build-only service for each base image.
BASES_FILE = KIT_IMAGES / "compose.bases.yaml"

# Build argument -> the image that stands in for the official one. The names are the kit's own, so that a drop-in
# never shadows an official image in an engine that other projects use too.
BASES = {
    "PYTHON_IMAGE": "stagekit-packages/python:3.13",
    "NODE_IMAGE": "stagekit-packages/node:22",
    "NGINX_IMAGE": "stagekit-packages/nginx:1.26",
    "HAPROXY_IMAGE": "stagekit-packages/haproxy:3.0",
}


def bases_used(texts: Iterable[str]) -> tuple[str, ...]:
    """The build arguments that these Compose files mention, in a fixed order."""
    joined = "\n".join(texts)
    return tuple(key for key in BASES if key in joined)


def service_of(argument: str) -> str:
    """The service of `compose.bases.yaml` that builds it: PYTHON_IMAGE -> python."""
    return argument.removesuffix("_IMAGE").lower()
