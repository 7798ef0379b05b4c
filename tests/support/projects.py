"""Small Compose projects for tests that need services which misbehave. Their one image is a base image of the kit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from stagekit.testing.stage import run_stagekit

PROBE = {"interval": "1s", "timeout": "2s", "retries": 3, "start_period": "1s", "start_interval": "1s"}


def service(image: str, script: str, *, healthy: str = "", **more: object) -> dict[str, object]:
    """A service that runs a shell script; `healthy` is the script of its health check."""
    found: dict[str, object] = {"image": image, "command": ["sh", "-c", script], "stop_signal": "SIGKILL", **more}
    if healthy:
        found["healthcheck"] = {"test": ["CMD", "sh", "-c", healthy], **PROBE}
    return found


@contextmanager
def project(folder: Path, services: Mapping[str, object], **top: object) -> Iterator[Path]:
    """A project folder with these services; whatever came up of it is removed afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, services, **top)
    try:
        yield folder
    finally:
        run_stagekit(folder, "down", "--volumes")


def write(folder: Path, services: Mapping[str, object], **top: object) -> None:
    """Writes the Compose file."""
    (folder / "compose.yaml").write_text(yaml.safe_dump({"services": dict(services), **top}, sort_keys=False))
