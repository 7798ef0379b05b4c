"""The images that are brought to a host: the product's backend, a worker of the same image, and its page."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.programs import STAGEKIT, Failed, run
from bench.stack import copied, keep_caches
from stagekit.carry.sources import sources_of
from stagekit.carry.stock import Stock
from stagekit.cli.look import look
from stagekit.cli.place import ca_file
from stagekit.cli.staging import Silent, stage_all
from stagekit.doors.layers import LayerCache
from stagekit.doors.store import StoreDoor

COMPOSE = """
services:
  backend: &backend
    image: ${COMPOSE_PROJECT_NAME}/backend
    build:
      context: backend
      dockerfile: ../Dockerfile.backend
      target: app
      args: {PYTHON_IMAGE: "${PYTHON_IMAGE:-python:3.13.5-slim}"}
      secrets: [ca]
  worker:
    image: ${COMPOSE_PROJECT_NAME}/backend
  frontend:
    image: ${COMPOSE_PROJECT_NAME}/frontend
    build:
      context: frontend
      dockerfile: ../Dockerfile.frontend
      args:
        NODE_IMAGE: "${NODE_IMAGE:-node:22.23.3-slim}"
        NGINX_IMAGE: "${NGINX_IMAGE:-nginx:1.28.0}"
      secrets: [ca]
      additional_contexts: {look: ./stagekit/kit/look}
secrets:
  ca: {file: "${STAGEKIT_CA_FILE:-./stagekit/kit/images/no-ca.pem}"}
"""
LINE = "backend/shop/api/health.py"


@dataclass(frozen=True)
class Project:
    """A copy of the checkout with these services only, and a cache of its own.

    compose      the words of `docker compose` on it
    environment  what those words need
    """

    directory: Path
    name: str
    docker: str
    engine: str
    ca: str
    compose: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def images(self) -> list[str]:
        return [f"{self.name}/backend:latest", f"{self.name}/frontend:latest"]

    @property
    def bases(self) -> list[str]:
        """The images that these are built on and stand on."""
        found = [self.environment.get(key, "") for key in ("PYTHON_IMAGE", "NGINX_IMAGE")]
        return [image for image in found if image]

    @property
    def cache(self) -> LayerCache:
        return LayerCache(self.directory / ".cache" / "stagekit" / "layers", 5 * 10**9)

    def build(self, *words: str) -> float:
        """Builds the images here: seconds."""
        return run([*self.compose, "build", "--quiet", *words], environment=self.environment)

    def change_a_line(self, number: int) -> None:
        """Changes one line of the backend's code."""
        path = self.directory / LINE
        kept = [line for line in path.read_text().splitlines() if not line.startswith("# change ")]
        path.write_text("\n".join([*kept, f"# change {number}", ""]))

    def stage(self, references: Sequence[str] = ()) -> int:
        """Stages the layers, as `up` does after a build; returns their bytes on the wire."""
        local = StoreDoor(self.engine)
        named = {image.replace("/", "-").partition(":")[0]: image for image in references or self.images}
        stock = Stock(local, self.cache, Silent(), sources_of(local, named))
        stage_all(stock)
        local.close()
        layers = {layer for source in stock.sources.values() for layer in source.layers}
        return sum(kept.packed for layer in layers if (kept := self.cache.layer(layer)))

    def packed(self, layers: set[str]) -> int:
        """The bytes of layers on the wire."""
        return sum(kept.packed for layer in layers if (kept := self.cache.layer(layer)))

    def layers(self) -> set[str]:
        """The layers of the images as they are now."""
        local = StoreDoor(self.engine)
        found = local.inspected(self.images)
        local.close()
        return {layer for raw in found.values() for layer in raw["RootFS"]["Layers"]}

    def deliver(self, stage: str, directory: Path | None = None) -> dict[str, Any]:
        """`stagekit deliver --json`: what it printed. Raises Failed."""
        words = [
            STAGEKIT,
            "--project-directory",
            str(directory or self.directory),
            "deliver",
            "--stage",
            stage,
            "--json",
        ]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.directory / ".cache")}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr[-600:])
        return dict(json.loads(done.stdout))


@contextmanager
def shipping(root: Path) -> Iterator[Project]:
    """The project, built; gone afterwards with its images."""
    with copied(root) as copy:
        keep_caches(root, copy)
        (copy / "compose.yaml").write_text(COMPOSE)
        found = _project(copy)
        try:
            found.build()
            yield found
        finally:
            local = StoreDoor(found.engine)
            local.forget(found.images)
            local.close()


def _project(copy: Path) -> Project:
    looked = look(copy)
    return Project(
        directory=copy,
        name=looked.model.project,
        docker=looked.engine.docker,
        engine=looked.engine.host,
        ca=ca_file(looked.place.settings),
        compose=tuple(looked.compose.words()),
        environment=looked.compose.environment(),
    )
