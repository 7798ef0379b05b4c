"""Sets the embedded engine's programs up: Debian's or Ubuntu's packages, unpacked into the engine's own folder."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from stagekit.bootstrap.apt import open_archive
from stagekit.bootstrap.client import plugin_version
from stagekit.bootstrap.distribution import Recipe, os_release_here, recipe_for, unsupported
from stagekit.bootstrap.lock import held
from stagekit.bootstrap.places import Places
from stagekit.bootstrap.storage import refuse_unfit
from stagekit.bootstrap.unpack import unpack
from stagekit.doors.local import Processes
from stagekit.errors import EngineError, EngineInstallError

Say = Callable[[str, str], None]
PROGRAMS = ("dockerd", "containerd", "containerd-shim-runc-v2", "ctr", "runc", "docker-proxy", "docker-init")


def check_possible(uid: int, system: str, os_release: Mapping[str, str], has_apt: bool) -> Recipe:
    """The recipe for this machine. Raises EngineError where no embedded engine can be set up, with what to type."""
    if system == "Darwin":
        raise EngineError(
            "there is no Docker on this Mac",
            next="brew install --cask docker, then `open -a Docker`; OrbStack and colima work too",
            slug="engine-missing",
        )
    recipe = recipe_for(os_release)
    if not has_apt:
        raise unsupported(f"{recipe.name} without apt-get and dpkg-deb")
    if uid != 0:
        raise EngineError(
            "there is no Docker on this machine, and setting an engine up needs root",
            next="run the same command as root (sudo); or have Docker Engine 25 or newer installed "
            "(https://docs.docker.com/engine/install/)",
            slug="engine-needs-root",
        )
    return recipe


def recipe_here(uid: int) -> Recipe:
    """The recipe for the machine this runs on. Raises EngineError."""
    has_apt = bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))
    return check_possible(uid, platform.system(), os_release_here(), has_apt)


def install(places: Places, recipe: Recipe, processes: Processes, say: Say) -> None:
    """Downloads and unpacks the engine, where it is not there yet. Killed at any point, it can be run again."""
    with held(places, say):
        if places.installed():
            return
        refuse_unfit(places.data)
        places.prepare()
        say("engine", f"downloading Docker for {recipe.name} from the package mirror (about 95 MB)")
        fetches = []
        for fetch in recipe.fetches:
            folder = places.engine / "apt"
            archive = open_archive(folder, recipe.family, recipe.codename, fetch.codename, processes)
            archive.update()
            libraries = archive.libraries(fetch.packages) if fetch.libraries else ()
            fetches.append((archive, (*fetch.packages, *libraries)))
        unpack(fetches, places.tree, lambda new: _finish(new, processes), processes)
        say("engine", f"unpacked in {places.engine}")


def _finish(new: Path, processes: Processes) -> None:
    """Lays bin/, sbin/ and plugins over the unpacked packages, by links that stay right when the folder moves."""
    root = new / "root"
    _link(new / "bin", "docker", _program(root, "docker"))
    for name in PROGRAMS:
        _link(new / "sbin", name, _program(root, name))
    plugins = new / "cli-plugins"
    for name in ("docker-compose", "docker-buildx"):
        _link(plugins, name, next(root.glob(f"usr/lib*/docker/cli-plugins/{name}"), None))
    versions = {name: plugin_version(plugins / f"docker-{name}", processes) for name in ("compose", "buildx")}
    (new / "versions.json").write_text(json.dumps(versions), encoding="utf-8")


def _program(root: Path, name: str) -> Path | None:
    wanted = {"docker-init": ("docker-init", "tini-static")}.get(name, (name,))
    folders = ("usr/sbin", "usr/bin", "sbin", "bin", "usr/libexec/docker", "usr/lib/docker")
    found = (root / folder / program for program in wanted for folder in folders)
    return next((path for path in found if path.exists()), None)


def _link(folder: Path, name: str, program: Path | None) -> None:
    if program is None:
        raise EngineInstallError(
            f"the packages of this distribution hold no {name}",
            next="install Docker Engine 25 or newer by hand, then run the same command again",
            slug="engine-packages",
        )
    folder.mkdir(exist_ok=True)
    (folder / name).symlink_to(Path("..") / program.relative_to(folder.parent))
