"""The workflows of `.github/` are what GitHub takes: actionlint reads them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import docker
import pytest

from stagekit.bootstrap import Engine
from tests.conftest import ROOT
from tests.support.builds import Recipe, build
from tests.support.drop_ins import build as build_drop_in

pytestmark = pytest.mark.engine

ACTIONLINT = "stagekit-test/actionlint"
RECIPE = Recipe("tests/support/images/actionlint.Dockerfile", "tests/support/images")
BROKEN = "on: push\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.evnet }}\n"


@pytest.fixture(scope="module")
def actionlint(engine: Engine, bases: dict[str, str]) -> str:
    """An image that holds actionlint."""
    go = {}
    if bases["PYTHON_IMAGE"].startswith("stagekit-packages/"):
        build_drop_in("go", tag="stagekit-test/go", program=engine.docker)
        go = {"GO_IMAGE": "stagekit-test/go"}
    build(engine, ROOT, RECIPE, ACTIONLINT, go)
    return ACTIONLINT


def test_the_workflows_pass_actionlint(actionlint: str) -> None:
    folder = ROOT / ".github" / "workflows"
    code, said = _lint(actionlint, {path.name: path.read_text() for path in folder.glob("*.yml")})
    assert code == 0, said


def test_a_mistake_in_a_workflow_is_found(actionlint: str) -> None:
    code, said = _lint(actionlint, {"broken.yml": BROKEN})
    assert code == 1
    assert "evnet" in said


def _lint(image: str, workflows: dict[str, str]) -> tuple[int, str]:
    assert workflows, "there are no workflows to read"
    api = docker.from_env()
    names = [f"/tmp/{name}" for name in workflows]
    made = api.containers.create(image, names)
    try:
        made.put_archive("/tmp", _archive(workflows))
        made.start()
        code = int(made.wait(timeout=60)["StatusCode"])
        return code, made.logs().decode()
    finally:
        made.remove(force=True)
        api.close()


def _archive(texts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in texts.items():
            entry = tarfile.TarInfo(Path(name).name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
