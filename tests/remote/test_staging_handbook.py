"""The team's page on staging, typed as it stands: from a fresh clone to a tested change over https on a rehearsal
host. In order: each test goes on from the one before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.testing.stage import run_stagekit
from tests.conftest import ROOT
from tests.docs.documents import fences, sections
from tests.remote.test_workflow_staging import git, remove_images
from tests.support.checkout import copy_checkout
from tests.support.openssh import have_openssh
from tests.support.private import run_seeing

pytestmark = pytest.mark.engine

PAGE = sections((ROOT / "docs" / "staging.md").read_text(encoding="utf-8"))["A rehearsal of all this"]
TRY, CHANGE, SLEEP, END = ([*body.splitlines()] for language, body in fences(PAGE) if language == "sh")
TITLE, OTHER = "<title>Fernhill Tea</title>", "<title>Fernhill Tea, receipts</title>"
CERTIFICATES = Path("/etc/ssl/certs")
CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")  # a terminal's
UNTRUSTED = 60  # curl's exit code


@dataclass
class Newcomer:
    """Somebody with a fresh clone, at a terminal of a machine whose store of authorities is not this one's.

    store  what is there instead, by its place
    """

    clone: Path
    home: Path
    store: dict[Path, Path]

    def type(self, line: str) -> str:
        """Types one line of the page; what it said."""
        script = ["script", "--quiet", "--return", "--command", f"bash -e -c {_quoted(line)}", "/dev/null"]
        env = {**os.environ, "BROWSER": "true", **({"HOME": str(self.home)} if "stagekit trust" in line else {})}
        done = run_seeing(self.store if "stagekit trust" in line else {}, script, cwd=self.clone, env=env)
        assert done.returncode == 0, f"$ {line}\n{done.stdout[-6000:]}"
        return CONTROL.sub("", done.stdout.replace("\r\n", "\n"))

    def type_all(self, lines: list[str]) -> dict[str, str]:
        """Types lines one after the other; what each said, by what it begins with."""
        return {line.partition("  ")[0]: self.type(line) for line in lines}

    def fetch(self, url: str, password: str = "") -> subprocess.CompletedProcess[str]:
        """What curl gets, by the authorities that the machine trusts."""
        words = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", url]
        env = {key: value for key, value in os.environ.items() if not re.search("CERT|CA_BUNDLE", key)}
        return run_seeing(self.store, [*words, *(["--user", f"team:{password}"] if password else [])], env=env)


def _quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


@pytest.fixture(scope="module")
def newcomer(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """A clone of this checkout, with both stages and the host gone at the end."""
    have_openssh()
    folder = tmp_path_factory.mktemp("handbook")
    origin = copy_checkout(ROOT, folder / "origin")
    git(origin, "init", "--quiet", "--initial-branch", "develop")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "the shop")
    git(folder, "clone", "--quiet", str(origin), "shop")
    clone, home = folder / "shop", folder / "home"
    for key, value in (("user.name", "Ana"), ("user.email", "ana@example.test"), ("commit.gpgsign", "false")):
        git(clone, "config", key, value)
    home.mkdir()
    for path in Path.home().iterdir():
        if path.name != ".pki":
            (home / path.name).symlink_to(path)
    shutil.copytree(CERTIFICATES, folder / "certs", symlinks=True)
    (folder / "own").mkdir()
    own = Path("/usr/local/share/ca-certificates")
    try:
        yield Newcomer(clone, home, {CERTIFICATES: folder / "certs", own: folder / "own"})
    finally:
        run_stagekit(clone, "rehearsal", "down")
        run_stagekit(clone, "down", "--volumes")
        remove_images(engine, open_place(clone).project)


@dataclass(frozen=True)
class Tried:
    """What the page's first commands led to."""

    url: str
    password: str


@pytest.fixture(scope="module")
def tried(newcomer: Newcomer) -> Tried:
    """The product over https on the rehearsal host, trusted."""
    said = newcomer.type_all(TRY)
    addresses = re.findall(
        r"https://app\.rehearsal\.localhost:\d+", said[".venv/bin/stagekit status --stage rehearsal"]
    )
    password = said[".venv/bin/stagekit secrets show stage-password --stage rehearsal"].strip()
    assert addresses and re.fullmatch(r"\S{20,}", password), said
    return Tried(addresses[0], password)


def test_a_fresh_clone_is_on_a_host_over_https_behind_its_password(tried: Tried, newcomer: Newcomer) -> None:
    assert TITLE in newcomer.fetch(tried.url, tried.password).stdout
    refused = newcomer.fetch(tried.url)
    assert refused.returncode == 22 and "401" in refused.stdout, refused.stdout


def test_a_change_is_tested_and_what_was_tested_is_what_serves(tried: Tried, newcomer: Newcomer) -> None:
    page = newcomer.clone / "frontend" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert text.count(TITLE) == 1
    page.write_text(text.replace(TITLE, OTHER), encoding="utf-8")
    said = newcomer.type_all(CHANGE)
    assert re.search(r"\d+ tests passed on these images", said[".venv/bin/stagekit plan --stage rehearsal"])
    assert "serves as release 2" in said["make staging-rehearsal"]
    assert tried.url in said[".venv/bin/stagekit open --stage rehearsal app"]
    assert OTHER in newcomer.fetch(tried.url, tried.password).stdout


def test_it_sleeps_and_wakes_with_its_data(tried: Tried, newcomer: Newcomer) -> None:
    plans = tried.url.replace("://app.", "://api.") + "/plans"
    before = newcomer.fetch(plans).stdout
    stop, start = SLEEP
    newcomer.type(stop)
    assert newcomer.fetch(tried.url, tried.password).returncode != 0
    newcomer.type(start)
    assert OTHER in newcomer.fetch(tried.url, tried.password).stdout
    assert newcomer.fetch(plans).stdout == before and "taster" in before


def test_at_the_end_nothing_of_it_is_left(tried: Tried, newcomer: Newcomer) -> None:
    remove, *others = END
    newcomer.type(remove)
    assert newcomer.fetch(tried.url, tried.password).returncode == UNTRUSTED
    newcomer.type_all(others)
    assert not (newcomer.clone / ".env.rehearsal").exists() or "STAGEKIT_HOST" not in (
        newcomer.clone / ".env.rehearsal"
    ).read_text(encoding="utf-8")
