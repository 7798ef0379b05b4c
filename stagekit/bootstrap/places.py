"""Where the embedded engine keeps its files.

    $STAGEKIT_HOME, else $XDG_DATA_HOME/stagekit, else ~/.local/share/stagekit
        engine/owner        the mark without which nothing is ever deleted
        engine/tree/        the programs, unpacked; complete once tree/complete exists
        engine/data/        images, containers, volumes: the data root
        engine/docker/      the configuration of its docker client
        engine/network.json the bridge and the addresses that were chosen
        engine/dockerd.log
    /run/stagekit-<id>/     socket, pid file, lock and state of the running engine; <id> is derived from the home

The second folder is always the short one under /run: a Unix socket's path holds at most 107 bytes, however deep the
home lies, and what describes running processes must not survive a reboot.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stagekit.errors import SettingsError

OWNER_TEXT = "This folder belongs to stagekit's embedded engine. `stagekit engine remove` deletes it.\n"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one embedded engine."""

    home: Path
    run_root: Path = Path("/run")

    @property
    def id(self) -> str:
        """Eight characters that differ between homes: two engines on one machine share nothing."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:8]

    @property
    def engine(self) -> Path:
        return self.home / "engine"

    @property
    def owner(self) -> Path:
        return self.engine / "owner"

    @property
    def tree(self) -> Path:
        return self.engine / "tree"

    @property
    def tools(self) -> Path:
        """What builds the base image; set up only when one is built."""
        return self.engine / "tools"

    @property
    def data(self) -> Path:
        return self.engine / "data"

    @property
    def docker_config(self) -> Path:
        return self.engine / "docker"

    @property
    def network_file(self) -> Path:
        return self.engine / "network.json"

    @property
    def settings_file(self) -> Path:
        return self.engine / "daemon.json"

    @property
    def log(self) -> Path:
        return self.engine / "dockerd.log"

    @property
    def run(self) -> Path:
        return self.run_root / f"stagekit-{self.id}"

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def host(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid_file(self) -> Path:
        return self.run / "dockerd.pid"

    @property
    def exec_root(self) -> Path:
        return self.run / "exec"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def docker(self) -> Path:
        return self.tree / "bin" / "docker"

    def library_path(self) -> str:
        """Where the unpacked programs find their libraries, for LD_LIBRARY_PATH.

        By a short name: libxtables cuts paths off after 255 characters.
        """
        root = self.run / "tree" / "root"
        folders = [*root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*")]
        return ":".join(str(folder) for folder in sorted(folders) if any(folder.glob("*.so*")))

    def installed(self) -> bool:
        """Whether the programs are all there, and this user can see them."""
        return os.access(self.tree / "complete", os.F_OK)

    def owned(self) -> bool:
        """Whether the engine's folder carries our mark, and this user can see it."""
        return os.access(self.owner, os.F_OK)

    def prepare(self) -> None:
        """Makes the engine's folder and marks it as ours."""
        self.engine.mkdir(parents=True, exist_ok=True)
        if not self.owner.exists():
            self.owner.write_text(OWNER_TEXT, encoding="utf-8")


def places_from(env: Mapping[str, str], home: Path) -> Places:
    """The places that the environment asks for. `home` is the person's home folder. Raises SettingsError."""
    if given := env.get("STAGEKIT_HOME"):
        return Places(_checked(Path(given).expanduser(), home).resolve())
    data = env.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else home / ".local" / "share"
    return Places((base / "stagekit").resolve())


def _checked(path: Path, home: Path) -> Path:
    if path.is_absolute() and ".." not in path.parts and len(path.parts) > 2 and path != home:
        return path
    if path.is_absolute() and path.name == "stagekit":
        return path
    raise SettingsError(
        f"STAGEKIT_HOME={path} cannot be the engine's home: it must be a folder of its own, as an absolute path",
        next=f"export STAGEKIT_HOME={home / '.local/share/stagekit'}",
        slug="settings",
    )
