"""The workflow of the stage `staging`: its own steps, run in order against a rehearsal host. Each test goes on from the
one before."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.testing.rehearsal import RehearsalHost, rehearsal
from stagekit.testing.stage import read_stage, run_stagekit
from tests.conftest import ROOT
from tests.remote.promote_fixtures import AUTHOR
from tests.support.checkout import copy_checkout
from tests.support.openssh import have_openssh
from tests.support.workflow import Run, Workflow

WORKFLOW = Workflow(ROOT / ".github" / "workflows" / "staging.yml")
SET_UP = ("vars.STAGING_ENV", "secrets.STAGING_SSH_KEY", "secrets.STAGING_KNOWN_HOSTS")
ABOUT = "backend/shop/api/app.py"


def test_only_these_steps_are_somebody_elses_and_are_not_run_here() -> None:
    assert [step.name for step in WORKFLOW.steps if not step.runs] == ["actions/checkout@v5", "actions/setup-python@v6"]


def test_runs_come_one_at_a_time_and_none_is_cut_off() -> None:
    assert WORKFLOW.document["concurrency"] == {"group": "staging", "cancel-in-progress": False}
    assert WORKFLOW.document[True]["push"] == {"branches": ["develop"]}  # YAML reads `on` as true
    assert WORKFLOW.document["permissions"] == {"contents": "read"}


def test_credentials_and_inputs_come_by_the_environment_and_into_no_programs_arguments() -> None:
    for step in WORKFLOW.steps:
        assert "${{" not in step.runs, "GitHub would write the value into the script"
        for line in step.runs.splitlines():
            if re.search(r"\$\{?STAGING_", line):
                assert line.strip().startswith("printf "), f"only the shell's own printf may see it: {line}"


@pytest.mark.parametrize("missing", SET_UP)
def test_what_is_not_set_up_fails_with_its_name_before_anything_else(missing: str, tmp_path: Path) -> None:
    there = {name: "something" for name in SET_UP if name != missing}
    (tmp_path / "checkout").mkdir()
    (tmp_path / "temp").mkdir()
    done = WORKFLOW.run(tmp_path / "checkout", tmp_path / "temp", there)
    assert list(done.codes) == ["What has to be set up is there", "Summary", "Forget the key"]
    assert done.failed == ["What has to be set up is there"]
    assert f"::error::{missing.partition('.')[2]} is not set" in done.said and done.said.count("::error::") == 1
    assert list((tmp_path / "checkout").iterdir()) == []


@dataclass(frozen=True)
class Pipeline:
    """A checkout that the workflow runs in, as one of GitHub's, and the host of its stage."""

    folder: Path
    host: RehearsalHost
    temp: Path

    def run(self, **inputs: str) -> Run:
        """One run of the workflow."""
        shutil.rmtree(self.temp, ignore_errors=True)
        self.temp.mkdir()
        found = {f"inputs.{name}": value for name, value in inputs.items()}
        return WORKFLOW.run(self.folder, self.temp, {**self.set_up(), **found, "github.actor": "ana"})

    def set_up(self) -> Mapping[str, str]:
        """What a team sets up at GitHub, for this host."""
        lines = (self.folder / f".env.{self.host.stage}").read_text().splitlines()
        settings = [line for line in lines if not line.startswith("STAGEKIT_SSH_CONFIG")]
        keys = self.host.config.parent
        texts = (
            "\n".join([*settings, "STAGEKIT_SCHEME=https"]),
            (keys / "id_ed25519").read_text(),
            (keys / "known_hosts").read_text(),
        )
        return dict(zip(SET_UP, texts, strict=True))

    def commit(self, message: str) -> str:
        """Commits everything; returns the short revision."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.folder, "rev-parse", "--short=7", "HEAD")

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (self.folder / file).write_text(text.replace(old, new))

    def there(self, verb: str, *words: str) -> str:
        """What a verb says of the stage, asked over the host's own SSH configuration."""
        environ = {**os.environ, "STAGEKIT_SSH_CONFIG": str(self.host.config)}
        return run_stagekit(self.folder, verb, *words, "--stage", "staging", env=environ).stdout

    def about(self) -> str:
        """The API's own description, as the stage serves it to who knows the password."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STAGEKIT_SSH_CONFIG", str(self.host.config))
            stage = read_stage(self.folder, "staging")
        assert stage.urls["api"].startswith("https://")
        with stage.http("api") as api:
            return api.get("/openapi.json").raise_for_status().text


def git(folder: Path, *words: str) -> str:
    call = ["git", *AUTHOR, *words]
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def pipeline(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A checkout of `develop` with a host that nothing was promoted to yet; gone with both stages at the end."""
    have_openssh()
    folder = copy_checkout(ROOT, ROOT / ".stagekit" / "test-workflow")
    shutil.rmtree(folder / ".git", ignore_errors=True)
    shutil.rmtree(folder / ".stagekit" / "evidence", ignore_errors=True)
    git(folder, "init", "--quiet", "--initial-branch", "develop")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "the shop")
    try:
        with rehearsal(folder, "workflow") as host:
            yield Pipeline(folder, host, tmp_path_factory.mktemp("workflow") / "temp")
    finally:
        run_stagekit(folder, "down", "--volumes")
        (folder / ".env.staging").unlink(missing_ok=True)
        remove_images(engine, open_place(folder).project)


def remove_images(engine: Engine, project: str) -> None:
    """Those that a checkout was built into here."""
    listed = [engine.docker, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{project}/*"]
    names = subprocess.run(listed, env=engine.env, capture_output=True, text=True, check=True).stdout.split()
    subprocess.run([engine.docker, "image", "rm", *names], env=engine.env, capture_output=True, check=False)


@pytest.fixture(scope="module")
def first(pipeline: Pipeline) -> Run:
    """The first push."""
    done = pipeline.run()
    assert done.failed == [], done.said[-6000:]
    return done


@pytest.mark.engine
def test_a_push_builds_tests_and_promotes_what_passed(first: Run, pipeline: Pipeline) -> None:
    revision = git(pipeline.folder, "rev-parse", "--short=7", "HEAD")
    assert pipeline.there("status").startswith(f"staging: healthy, {revision} by ana ")
    assert re.search(r"\d+ tests passed on these images", first.summary)
    assert f"{revision} serves as release 1" in first.summary and f"staging: healthy, {revision}" in first.summary
    recorded = pipeline.there("releases", "show", "1")
    assert re.search(r"\d+ tests passed on these images, on local", recorded)
    assert "Roll back" not in first.codes
    assert first.said.count("ready in") == 1
    built = re.findall(r"building (.*), done", first.said)
    assert built[-1] == "certificates" and len(built) == 2, f"what is built here is built once: {built}"


@pytest.mark.engine
def test_no_credential_is_left_behind_or_printed(first: Run, pipeline: Pipeline) -> None:
    key = pipeline.set_up()["secrets.STAGING_SSH_KEY"].splitlines()[1]
    assert key not in first.said + first.summary
    assert [path.name for path in pipeline.temp.iterdir() if path.is_file() and key in path.read_text()] == []
    assert not Path(f"/proc/{first.env['SSH_AGENT_PID']}").exists() or "Z" in _state(first.env["SSH_AGENT_PID"])


@pytest.mark.engine
def test_the_stage_is_seeded_again_by_the_word_that_is_used_here(first: Run, pipeline: Pipeline) -> None:
    assert "there already, nothing to do" in pipeline.there("seed")


def test_a_push_whose_tests_fail_promotes_nothing(first: Run, pipeline: Pipeline) -> None:
    pipeline.edit("tests/stack/test_product.py", "[900, 1900, 3900]", "[901, 1900, 3900]")
    pipeline.commit("a change that fails its tests")
    done = pipeline.run()
    assert done.failed == ["Test it here"], done.said[-4000:]
    assert "Promote" not in done.codes and _newest(pipeline) == 1
    pipeline.edit("tests/stack/test_product.py", "[901, 1900, 3900]", "[900, 1900, 3900]")


@pytest.mark.engine
def test_the_next_push_is_promoted_beside_what_serves(first: Run, pipeline: Pipeline) -> None:
    pipeline.edit(ABOUT, "API of Fernhill Tea", "API of somebody else")
    revision = pipeline.commit("a change")
    done = pipeline.run()
    assert done.failed == [], done.said[-6000:]
    assert f"{revision} serves as release 2" in done.summary and ", 0 failed" in done.summary
    assert "API of somebody else" in pipeline.about()
    newest = json.loads(pipeline.there("releases", "--json"))["releases"][0]
    assert 0 < newest["course"]["bytes"] < 200_000, "a changed line of the backend's code moves little"


@pytest.mark.engine
def test_a_rollback_is_an_input(first: Run, pipeline: Pipeline) -> None:
    refused = pipeline.run(action="rollback", release="99")
    assert refused.failed == ["Roll back"] and "[release-unknown]" in refused.summary
    done = pipeline.run(action="rollback")
    assert done.failed == [], done.said[-6000:]
    assert "serves as release 1" in done.summary and "API of Fernhill Tea" in pipeline.about()
    assert not {"Build once, and bring it up here", "Test it here", "Promote"} & set(done.codes)


def _newest(pipeline: Pipeline) -> int:
    """The number of the newest release."""
    return int(json.loads(pipeline.there("releases", "--json"))["releases"][0]["number"])


def _state(process: str) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
