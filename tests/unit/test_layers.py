"""The order of the layers: imports go down only, and only doors touch the world."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "stagekit"

LAYERS = {
    "stagekit": 0,
    "stagekit.errors": 0,
    "stagekit.secret": 0,
    "stagekit.compose": 1,
    "stagekit.settings": 1,
    "stagekit.doors": 2,
    "stagekit.stage": 3,
    "stagekit.images": 3,
    "stagekit.database": 3,
    "stagekit.guards": 3,
    "stagekit.seed": 3,
    "stagekit.outside": 3,
    "stagekit.release": 3,
    "stagekit.secrets": 3,
    "stagekit.doctor": 3,
    "stagekit.hosts": 3,
    "stagekit.plan": 4,
    "stagekit.promote": 4,
    "stagekit.parity": 4,
    "stagekit.execute": 5,
    "stagekit.carry": 5,
    "stagekit.switching": 5,
    "stagekit.report": 6,
    # A program of its own, run by `make docs`: it asks the command line's parsers for what they say.
    "stagekit.report.reference": 7,
    "stagekit.cli": 7,
    "stagekit.testing": 7,
    "stagekit.bootstrap": 7,
}
WORLD = {"subprocess", "socket", "docker", "python_on_whales", "httpx", "requests", "psycopg", "stripe"}

# Bootstrap's own doors. It sets an engine up with the standard library alone: it asks an engine's socket by hand, makes
# a bridge by the kernel's calls, and its `Machine` carries the environment to all else that needs it.
ALLOWED = {
    ("stagekit.bootstrap.answer", "socket"),
    ("stagekit.bootstrap.bridge", "socket"),
    ("stagekit.bootstrap.network", "socket"),
}
READS_ENVIRONMENT = {"stagekit.bootstrap.machine", "stagekit.bootstrap.daemon", "stagekit.bootstrap.base_image"}


@dataclass(frozen=True)
class Import:
    """One import: who, whom, where, and whether only for type checkers."""

    module: str
    imported: str
    line: int
    typing_only: bool


def _modules() -> list[Path]:
    return sorted(path for path in KIT.rglob("*.py") if "kit" not in path.relative_to(KIT).parts[:1])


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[Import]:
    tree = _tree(path)
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        for imported in _imported(node):
            yield Import(_name(path), imported, node.lineno, id(node) in hidden)  # type: ignore[attr-defined]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _layer(module: str) -> int | None:
    while module:
        if module in LAYERS:
            return LAYERS[module]
        module = module.rpartition(".")[0]
    return None


ALL = [found for path in _modules() for found in _imports(path)]


def test_every_module_has_a_layer_of_its_own() -> None:
    assert [name for path in _modules() if (name := _name(path)) != "stagekit" and _top(name) not in LAYERS] == []


def test_imports_go_down_only() -> None:
    upward = [
        f"{found.module}:{found.line}, layer {_layer(found.module)}, imports {found.imported}, {_layer(found.imported)}"
        for found in ALL
        if found.imported.startswith("stagekit.") and (_layer(found.imported) or 0) > (_layer(found.module) or 0)
    ]
    assert upward == []


def test_only_doors_touch_the_world() -> None:
    touching = [
        f"{found.module}:{found.line} imports {found.imported}"
        for found in ALL
        if not found.typing_only
        and not found.module.startswith("stagekit.doors")
        and (world := found.imported.split(".")[0]) in WORLD
        and (found.module, world) not in ALLOWED
    ]
    assert touching == []


def test_only_doors_read_the_environment() -> None:
    reading = [
        f"{_name(path)}:{node.lineno}"
        for path in _modules()
        if not _name(path).startswith("stagekit.doors") and _name(path) not in READS_ENVIRONMENT
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in ("environ", "getenv", "putenv")
    ]
    assert reading == []


@pytest.mark.parametrize("layer", [0, 1, 4, 6])
def test_layers_that_only_decide_hold_no_clock_and_no_chance(layer: int) -> None:
    deciding = [
        f"{found.module}:{found.line} imports {found.imported}"
        for found in ALL
        if _layer(found.module) == layer and found.imported.split(".")[0] in {"time", "random", "secrets", "uuid"}
    ]
    assert deciding == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert [_name(path) for path in _modules() if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


def _top(module: str) -> str:
    return ".".join(module.split(".")[:2])
