"""The images of the product: reproducible layers, a small code layer, non-root, and nothing of the network's CA."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_engine
from stagekit.doors.engine import EngineDoor
from tests.conftest import ROOT
from tests.support.builds import AUTH_TEST, BACKEND, FRONTEND, FRONTEND_CHECK, SEED, Recipe, build
from tests.support.checkout import copy_checkout

pytestmark = pytest.mark.engine


@pytest.fixture
def door(engine: Engine) -> Iterator[EngineDoor]:
    found = open_engine(engine)
    yield found
    found.close()


@pytest.mark.parametrize("recipe", [SEED, FRONTEND], ids=["backend and seed", "frontend"])
def test_two_folders_build_the_same_layers_without_cache(
    engine: Engine, door: EngineDoor, bases: dict[str, str], recipe: Recipe, tmp_path: Path
) -> None:
    layers = []
    for folder in ("one", "another"):
        root = copy_checkout(ROOT, tmp_path / folder)
        tag = f"stagekit-test/{recipe.context}:{folder}"
        build(engine, root, recipe, tag, bases, extra=["--no-cache"])
        layers.append(door.image(tag)["RootFS"]["Layers"])
        door.forget(tag)
        shutil.rmtree(root)
    assert layers[0] == layers[1]


def test_a_line_of_backend_code_changes_one_small_layer(
    engine: Engine, door: EngineDoor, bases: dict[str, str], tmp_path: Path
) -> None:
    root = copy_checkout(ROOT, tmp_path / "checkout")
    build(engine, root, BACKEND, "stagekit-test/backend:before", bases)
    with (root / "backend/shop/money.py").open("a") as out:
        out.write("\n# one more line\n")
    build(engine, root, BACKEND, "stagekit-test/backend:after", bases)
    before, after = (door.image(f"stagekit-test/backend:{tag}")["RootFS"]["Layers"] for tag in ("before", "after"))
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1
    door.forget("stagekit-test/backend:before")
    door.forget("stagekit-test/backend:after")


def test_a_line_of_the_seed_changes_one_layer_and_what_python_leaves_behind_none(
    engine: Engine, door: EngineDoor, bases: dict[str, str], tmp_path: Path
) -> None:
    root = copy_checkout(ROOT, tmp_path / "checkout")
    layers = []
    for made in ("nothing", "seed/scenario/__pycache__/billing.pyc", "seed/scenario/people.csv"):
        if made != "nothing":
            (root / made).parent.mkdir(exist_ok=True)
            with (root / made).open("a") as out:
                out.write("auth0|zoe,zoe@example.test,Zoe\n")
        build(engine, root, SEED, "stagekit-test/seed:line", bases)
        layers.append(door.image("stagekit-test/seed:line")["RootFS"]["Layers"])
    assert layers[0] == layers[1]
    assert [old == new for old, new in zip(layers[0], layers[2], strict=True)].count(False) == 1
    door.forget("stagekit-test/seed:line")


@pytest.mark.parametrize("recipe", [BACKEND, FRONTEND], ids=["backend", "frontend"])
def test_images_are_labelled_and_run_as_nobody_special(
    engine: Engine, door: EngineDoor, bases: dict[str, str], recipe: Recipe
) -> None:
    tag = f"stagekit-test/{recipe.context}:labels"
    args = ["--build-arg", "REVISION=a1b2c3d", "--build-arg", "SOURCE=https://example.test/shop.git"]
    build(engine, ROOT, recipe, tag, bases, extra=args)
    config = door.image(tag)["Config"]
    assert config["Labels"]["org.opencontainers.image.revision"] == "a1b2c3d"
    assert config["Labels"]["org.opencontainers.image.source"] == "https://example.test/shop.git"
    assert config["User"].split(":")[0] not in ("", "0", "root")
    door.forget(tag)


def test_the_frontend_passes_types_lint_and_its_own_tests(engine: Engine, bases: dict[str, str]) -> None:
    build(engine, ROOT, FRONTEND_CHECK, "stagekit-test/frontend:check", bases)


def test_the_sign_in_passes_its_own_tests(engine: Engine, door: EngineDoor, bases: dict[str, str]) -> None:
    build(engine, ROOT, AUTH_TEST, "stagekit-test/auth:test", bases)
    code, told = door.run("stagekit-test/auth:test", read_only=True, tmpfs=["/tmp"])
    assert code == 0, told[-4000:]
