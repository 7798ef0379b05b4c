"""Fixtures for tests of promotion: a small product on a rehearsal host of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.http import get
from stagekit.testing.rehearsal import RehearsalHost, rehearsal
from stagekit.testing.stage import run_stagekit
from tests.conftest import ROOT
from tests.support.openssh import have_openssh

AUTHOR = ("-c", "user.name=Ana", "-c", "user.email=ana@example.test", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class SmallStage:
    """The product of tests/cases/promote in a folder of its own, a git checkout, and the host of its stage.

    folder  the project's folder
    host    its rehearsal host; `host.run` runs a program there
    """

    folder: Path
    host: RehearsalHost

    @property
    def name(self) -> str:
        """The stage, for `--stage`."""
        return self.host.stage

    @property
    def port(self) -> int:
        """The edge's, on this machine's loopback."""
        return self.host.port

    @property
    def authority(self) -> str:
        """What a Host header says for the page."""
        return f"app.{self.name}.localhost:{self.port}"

    def stagekit(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs `stagekit` in the project's folder; output is captured. It is about this machine's stage, unless
        `--stage` is among the words."""
        return run_stagekit(self.folder, *words, **options)

    def there(self, verb: str, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a verb on the stage at the host."""
        return self.stagekit(verb, "--stage", self.name, *words, **options)

    def edit(self, old: str, new: str, *, file: str = "app.py") -> None:
        """Replaces a text of the product that is there once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def configure(self, **values: str) -> None:
        """Gives settings of the stage other values: a change of definitions, for which nothing is built."""
        path = self.folder / f".env.{self.name}"
        text = path.read_text(encoding="utf-8")
        for key, value in values.items():
            text = re.sub(rf"^{key}=.*\n", "", text, flags=re.MULTILINE) + f"{key}={value}\n"
        path.write_text(text, encoding="utf-8")

    def commit(self, message: str = "a change") -> str:
        """Commits everything; returns the short revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "--short=7", "HEAD")

    def git(self, *words: str) -> str:
        """What a git command says."""
        call = ["git", *AUTHOR, *words]
        return subprocess.run(call, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def build(self) -> None:
        """Builds what changed."""
        done = self.stagekit("build")
        assert done.returncode == 0, done.stdout + done.stderr

    def promote(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Builds what changed, and promotes it."""
        self.build()
        return self.there("promote", "--yes", *words, **options)

    def page(self, path: str = "/") -> str:
        """What the stage answers, or the status where that is not 200."""
        status, text = get(f"http://{self.authority}", path)
        return text.strip() if status == 200 else str(status)


@pytest.fixture(scope="module")
def small_stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product, committed and built, with a host that nothing was promoted to yet."""
    with standing(engine, tmp_path_factory.mktemp("promote") / "small", "promote") as found:
        yield found


@contextmanager
def standing(engine: Engine, folder: Path, *cases: str) -> Iterator[SmallStage]:
    """A product made of these folders of tests/cases, laid over each other; gone with its host at the end."""
    have_openssh()
    for case in cases:
        shutil.copytree(ROOT / "tests" / "cases" / case, folder, dirs_exist_ok=True)
    for stage in ("local", "rehearsal"):
        (folder / f".env.{stage}").write_text(f"KIT={ROOT / 'stagekit' / 'kit'}\n")
    (folder / ".gitignore").write_text(".env*\n.stagekit/\n")
    with rehearsal(folder, "main") as host:
        found = SmallStage(folder, host)
        found.git("init", "--quiet", "--initial-branch", "develop")
        found.commit("the small product")
        found.build()
        yield found
        _remove_images(engine, folder)


def _remove_images(engine: Engine, folder: Path) -> None:
    """Those that the product was built into here."""
    from stagekit.cli.place import open_place

    project = open_place(folder).project
    names = [f"{project}/{name}" for name in ("app", "certificates", "edge-files", "migrate")]
    words = [engine.docker, "image", "rm", "--force", *names]
    subprocess.run(words, env=engine.env, capture_output=True, check=False)
