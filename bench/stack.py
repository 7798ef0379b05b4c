"""A stage of the bench's own: a copy of the checkout in a new folder, so an own project, port and volumes."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from bench.programs import STAGEKIT, run, say
from stagekit.cli.look import look

# Settings that would make the copy's stage the person's own, or name it twice.
NAMES_A_STAGE = ("STAGEKIT_PORT", "STAGEKIT_PROJECT", "STAGEKIT_STAGE", "STAGEKIT_DOMAIN")
CACHES = ("stage.json", "builds.json")


@dataclass(frozen=True)
class Stack:
    """The bench's stage.

    compose      the words of `docker compose` on this project
    environment  what those words need
    """

    directory: Path
    project: str
    host: str
    compose: tuple[str, ...]
    environment: Mapping[str, str]

    def stagekit(self, *words: str) -> float:
        """Runs a verb; returns the seconds it took. Raises Failed."""
        return run([STAGEKIT, "--project-directory", str(self.directory), *words])

    def plain(self, *words: str) -> float:
        """Runs plain Compose; returns the seconds it took. Raises Failed."""
        return run([*self.compose, *words], environment=self.environment)


@contextmanager
def own_stack(root: Path) -> Iterator[Stack]:
    """A stage of the checkout at `root` that is up, and is gone afterwards with its data and its images."""
    with copied(root) as copy:
        keep_caches(root, copy)
        say("bringing up a stage of the bench's own")
        try:
            run([STAGEKIT, "--project-directory", str(copy), "up", "--yes"])
            yield _stack(copy)
        finally:
            _clean_up(copy)


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the files that git knows or would add, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stagekit-bench-") as folder:
        copy = Path(folder)
        for name in _files(root):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name, follow_symlinks=False)
        yield copy


def keep_caches(root: Path, copy: Path) -> None:
    """Takes over where images come from and what was built from what, so that nothing is decided or built anew."""
    (copy / ".stagekit").mkdir()
    for name in CACHES:
        if (root / ".stagekit" / name).is_file():
            shutil.copy2(root / ".stagekit" / name, copy / ".stagekit" / name)


def names_a_stage(key: str) -> bool:
    """Whether a variable of the environment would tie the copy to another stage."""
    return key in NAMES_A_STAGE or key.startswith("COMPOSE_")


def _files(root: Path) -> list[str]:
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def _stack(copy: Path) -> Stack:
    looked = look(copy)
    words, environment = tuple(looked.compose.words()), looked.compose.environment()
    return Stack(copy, looked.model.project, looked.engine.host, words, environment)


def _clean_up(copy: Path) -> None:
    say("removing it again")
    look(copy).compose.down(volumes=True)
    remove_images(copy)


def remove_images(copy: Path) -> None:
    """Those that a copy of the checkout was built into."""
    looked = look(copy)
    api = docker.APIClient(base_url=looked.engine.host, version="auto")
    for image in api.images(filters={"reference": f"{looked.model.project}/*"}):
        for tag in image["RepoTags"]:
            api.remove_image(tag)
    api.close()
