"""The docker client's side: its configuration, its contexts, its plugins."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekit.bootstrap.places import Places
from stagekit.doors.local import Processes

PLUGIN_FOLDERS = (
    "usr/local/lib/docker/cli-plugins",
    "usr/local/libexec/docker/cli-plugins",
    "usr/lib/docker/cli-plugins",
    "usr/libexec/docker/cli-plugins",
    "Applications/Docker.app/Contents/Resources/cli-plugins",
    "opt/homebrew/lib/docker/cli-plugins",
)


@dataclass(frozen=True, slots=True)
class Context:
    """An endpoint that the docker client was told to use. `tls` is the folder of its certificates, if it has any."""

    name: str
    host: str
    tls: Path | None


def config_folder(env: Mapping[str, str], home: Path) -> Path:
    """The folder of the person's own docker configuration."""
    return Path(env["DOCKER_CONFIG"]) if env.get("DOCKER_CONFIG") else home / ".docker"


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration in a folder; nothing where it is missing or cannot be read."""
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def find_context(env: Mapping[str, str], folder: Path) -> Context | None:
    """The context that is in use, unless it is the default one."""
    name = env.get("DOCKER_CONTEXT") or str(read_config(folder).get("currentContext", ""))
    if name in ("", "default"):
        return None
    digest = hashlib.sha256(name.encode()).hexdigest()
    try:
        meta = json.loads((folder / "contexts/meta" / digest / "meta.json").read_text(encoding="utf-8"))
        host = str(meta["Endpoints"]["docker"].get("Host", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        host = ""
    tls = folder / "contexts/tls" / digest / "docker"
    return Context(name, host, tls if tls.is_dir() else None)


def write_config(places: Places, own: Path) -> None:
    """Gives the embedded engine's client the logins of the person's own configuration in `own`, which is only read.

    A login made at the embedded engine itself is kept; of two for one registry, the person's own counts.
    """
    folder = places.docker_config
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    plugins = folder / "cli-plugins"
    if not plugins.is_symlink():
        plugins.symlink_to(Path("..") / places.tree.name / "cli-plugins")
    before = read_config(folder)
    merged = merge(before, read_config(own) if own != folder else {})
    if merged != before or not (folder / "config.json").exists():
        _replace(folder / "config.json", json.dumps(merged, indent=2))


def merge(kept: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The kept configuration with the person's own over it, but for the context, which names another engine."""
    merged = {**kept, **own}
    merged.pop("currentContext", None)
    for key in ("auths", "credHelpers"):
        if key in kept or key in own:
            merged[key] = {**kept.get(key, {}), **own.get(key, {})}
    return merged


def plugin_folders(env: Mapping[str, str], home: Path, root: Path = Path("/")) -> tuple[Path, ...]:
    """Where the docker client looks for plugins, in its order."""
    folder = config_folder(env, home)
    extra = read_config(folder).get("cliPluginsExtraDirs", [])
    named = [Path(str(path)) for path in extra] if isinstance(extra, list) else []
    return (folder / "cli-plugins", *named, *(root / path for path in PLUGIN_FOLDERS))


def find_plugin(name: str, folders: Sequence[Path]) -> Path | None:
    """The program of a plugin such as `compose`."""
    paths = (folder / f"docker-{name}" for folder in folders)
    return next((path for path in paths if path.is_file() and os.access(path, os.X_OK)), None)


def plugin_version(program: Path, processes: Processes) -> str:
    """A plugin's version, as it tells the docker client; nothing where it does not run."""
    result = processes.run([str(program), "docker-cli-plugin-metadata"], timeout=30)
    try:
        return str(json.loads(result.stdout)["Version"]) if result.ok else ""
    except (ValueError, KeyError, TypeError):
        return ""


def numbers(version: str) -> tuple[int, ...]:
    """`v2.26.1-4` as (2, 26, 1); nothing for a version that is no number."""
    head = version.lstrip("v").replace("+", "-").split("-", 1)[0]
    parts = head.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    temporary.rename(path)
