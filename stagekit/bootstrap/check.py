"""Whether an engine, its client and its plugins are there and new enough."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekit.bootstrap.answer import Answer
from stagekit.bootstrap.client import find_plugin, numbers, plugin_folders, plugin_version
from stagekit.bootstrap.machine import Machine
from stagekit.bootstrap.places import Places
from stagekit.bootstrap.refusals import (
    COMPOSE_AT_LEAST,
    ENGINE_AT_LEAST,
    client_missing,
    compose_too_old,
    engine_too_old,
    plugin_missing,
)

PLUGINS = ("compose", "buildx")


def check_engine(version: str) -> str:
    """The version, if it is new enough; one that is no number (a build of somebody's own) is believed."""
    found = numbers(version)
    if found and found < ENGINE_AT_LEAST:
        raise engine_too_old(version)
    return version


def check_compose(version: str) -> str:
    """The Compose version, if it is new enough."""
    found = numbers(version)
    if found and found < COMPOSE_AT_LEAST:
        raise compose_too_old(version)
    return version


def check_client(machine: Machine) -> str:
    """The docker client's path. Raises EngineError."""
    docker = machine.which("docker")
    if docker is None:
        raise client_missing()
    return docker


def check_plugins(machine: Machine) -> tuple[str, str]:
    """The versions of compose and buildx. Raises EngineError.

    A plugin takes a tenth of a second to tell its version, so it is asked once and remembered until its file changes.
    """
    folders = plugin_folders(machine.env, machine.home, machine.root)
    programs = [_found(name, folders) for name in PLUGINS]
    kept = _Kept(machine)
    versions = [kept.version(program) for program in programs]
    kept.write()
    for name, version in zip(PLUGINS, versions, strict=True):
        if not version:
            raise plugin_missing(name)
    return check_compose(versions[0]), versions[1]


def embedded_plugins(places: Places) -> tuple[str, str]:
    """The plugins' versions, as written down when the embedded engine was set up."""
    versions = json.loads((places.tree / "versions.json").read_text(encoding="utf-8"))
    return check_compose(versions["compose"]), versions["buildx"]


def ask_through(machine: Machine, docker: str, env: Mapping[str, str]) -> Answer:
    """What an engine answers that is reached over ssh or tcp: the docker client knows how."""
    words = [docker, "version", "--format", "{{.Server.Version}}"]
    result = machine.processes.run(words, env=env, timeout=30)
    version = result.stdout.strip()
    return Answer("answers", version) if result.ok and version else Answer("absent")


def _found(name: str, folders: tuple[Path, ...]) -> Path:
    program = find_plugin(name, folders)
    if program is None:
        raise plugin_missing(name)
    return program


class _Kept:
    """Versions of plugins by path, time and size of their files, in the person's cache folder."""

    def __init__(self, machine: Machine) -> None:
        base = machine.env.get("XDG_CACHE_HOME", "")
        self._file = (Path(base) if base.startswith("/") else machine.home / ".cache") / "stagekit" / "plugins.json"
        self._processes = machine.processes
        self._before = self._read()
        self._now: dict[str, str] = {}

    def version(self, program: Path) -> str:
        seen = program.stat()
        key = f"{program}:{seen.st_mtime_ns}:{seen.st_size}"
        version = self._before.get(key) or plugin_version(program, self._processes)
        if version:
            self._now[key] = version
        return version

    def write(self) -> None:
        if self._now == self._before:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._file.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(self._now), encoding="utf-8")
            temporary.rename(self._file)
        except OSError:
            # A home that cannot be written to costs a tenth of a second, no more.
            return

    def _read(self) -> dict[str, str]:
        try:
            found: Any = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
