"""The project's folder on this machine: its files, its git facts, and what stagekit keeps in `.stagekit/`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekit.errors import NoProject

COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
OVERRIDE_NAMES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
)


class Checkout:
    """One project folder.

    directory  absolute path of the folder that holds the Compose file
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def find(cls, start: Path) -> Checkout:
        """The nearest folder with a Compose file, from `start` upwards."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if any((folder / name).is_file() for name in COMPOSE_NAMES):
                return cls(folder)
        raise NoProject(
            f"there is no Compose file in {start} or above it",
            next="go to a folder with a compose.yaml, or name it: stagekit --project-directory DIR …",
        )

    def compose_files(self) -> tuple[Path, ...]:
        """The project's Compose file and its override, as Compose itself would pick them."""
        found = []
        for names in (COMPOSE_NAMES, OVERRIDE_NAMES):
            found += [self.directory / name for name in names if (self.directory / name).is_file()][:1]
        return tuple(found)

    def stages(self) -> tuple[str, ...]:
        """The stages that have a settings file here, `.env.<stage>`, by name."""
        found = (path.name.removeprefix(".env.") for path in self.directory.glob(".env.*") if path.is_file())
        return tuple(sorted(name for name in found if name != "example" and "." not in name))

    def read(self, name: str) -> str:
        """A file's text; empty where there is no such file."""
        path = self.directory / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def names(self, pattern: str) -> tuple[str, ...]:
        """The files that match, by name; `*` stands for any part of one."""
        found = (path for path in self.directory.glob(pattern) if path.is_file())
        return tuple(sorted(str(path.relative_to(self.directory)) for path in found))

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        """Writes a file whole or not at all. An unchanged file is left alone."""
        path = self.directory / name
        if path.is_file() and self.read(name) == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)

    def state(self, name: str) -> dict[str, Any]:
        """A JSON file of `.stagekit/`; empty where it is missing or unreadable: it is a cache."""
        try:
            found = json.loads(self.read(f".stagekit/{name}.json") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def keep_state(self, name: str, values: Mapping[str, Any]) -> None:
        """Replaces a JSON file of `.stagekit/`, which git is told to ignore."""
        self.write(f".stagekit/{name}.json", json.dumps(values, indent=2, sort_keys=True) + "\n")

    def revision(self) -> tuple[str, bool]:
        """The short git revision and whether there are changes; empty where it is no git checkout."""
        head = self._git("rev-parse", "--short=7", "HEAD").strip()
        return head, bool(head and self._git("status", "--porcelain", "--untracked-files=normal").strip())

    def behind(self, revision: str) -> tuple[int, str]:
        """How many commits a revision is behind the branch that work goes to, and that branch's name.

        The branch is the default one of `origin`, else `develop`; the name is empty where neither, or not the revision,
        is known here.
        """
        branch = self._git("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").strip() or self._first_of(
            "refs/remotes/origin/develop", "refs/heads/develop"
        )
        if not branch or not re.fullmatch("[0-9a-f]{4,40}", revision):
            return 0, ""
        count = self._git("rev-list", "--count", f"{revision}..{branch}", "--").strip()
        name = branch.removeprefix("refs/remotes/origin/").removeprefix("refs/heads/")
        return (int(count), name) if count.isdigit() else (0, "")

    def origin(self) -> str:
        """The address of the git remote `origin`, without credentials; empty where there is none."""
        url = self._git("config", "--get", "remote.origin.url").strip()
        scheme, mark, rest = url.partition("://")
        return f"{scheme}{mark}{rest.rsplit('@', 1)[-1]}" if mark else url

    def hide_from_git(self, *names: str) -> bool:
        """Makes git ignore these names; False where git tracks one of them, so that it must not be written."""
        if self._git("rev-parse", "--is-inside-work-tree").strip() != "true":
            return True
        if self._git("ls-files", "--", *names).strip():
            return False
        seen = [name for name in names if not self._git("check-ignore", name).strip()]
        exclude = self._git("rev-parse", "--git-path", "info/exclude").strip()
        if seen and exclude:
            path = self.directory / exclude
            prefix = self._git("rev-parse", "--show-prefix").strip()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as out:
                out.writelines(f"/{prefix}{name}\n" for name in seen)
        return True

    def _first_of(self, *references: str) -> str:
        return next((name for name in references if self._git("rev-parse", "--verify", "--quiet", name).strip()), "")

    def _git(self, *words: str) -> str:
        try:
            done = subprocess.run(["git", *words], cwd=self.directory, capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return done.stdout
