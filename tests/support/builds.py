"""Builds images outside Compose, for tests of the Dockerfiles themselves."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stagekit.bootstrap import Engine

SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Recipe:
    """What to build. Paths are relative to a checkout; `contexts` are named additional ones."""

    dockerfile: str
    context: str
    target: str = ""
    contexts: Mapping[str, str] = field(default_factory=dict)


BACKEND = Recipe("Dockerfile.backend", "backend", "app")
# All layers of the backend, and the seed's own.
SEED = Recipe("Dockerfile.backend", "backend", "seed", {"seed-data": "seed", "seed-loader": "stagekit/kit/seed"})
FRONTEND = Recipe("Dockerfile.frontend", "frontend", contexts={"look": "stagekit/kit/look"})
FRONTEND_CHECK = Recipe("Dockerfile.frontend", "frontend", "check", {"look": "stagekit/kit/look"})
AUTH_TEST = Recipe(
    "stagekit/kit/standins/auth/Dockerfile",
    "stagekit/kit/standins/auth",
    "test",
    {"look": "stagekit/kit/look", "tenant": "auth0"},
)


def build(
    engine: Engine, root: Path, recipe: Recipe, tag: str, bases: Mapping[str, str], *, extra: Sequence[str] = ()
) -> str:
    """Builds, and returns what the builder said. AssertionError with its last lines when it fails."""
    words = [engine.docker, "buildx", "build", "--load", "--progress", "plain", "--tag", tag, *extra]
    words += ["--file", str(root / recipe.dockerfile), *(["--target", recipe.target] if recipe.target else [])]
    for name, folder in recipe.contexts.items():
        words += ["--build-context", f"{name}={root / folder}"]
    for key, value in bases.items():
        words += ["--build-arg", f"{key}={value}"]
    if SYSTEM_CA.is_file():
        words += ["--secret", f"id=ca,src={SYSTEM_CA}"]
    env = {**os.environ, **engine.env}
    done = subprocess.run([*words, str(root / recipe.context)], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, f"{recipe.dockerfile} did not build:\n{done.stderr[-4000:]}"
    return done.stderr
