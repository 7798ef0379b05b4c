"""A seed's Python files: run by path, and the sources that they rest on, for the hash."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import SeedError
from .manifest import File

_OWN = __package__ or "stagekit_seed"


def load(file: File, *names: str) -> ModuleType:
    """The file as a module that has these functions; it may import from the seed's folder. Raises SeedError."""
    folder = str(file.folder.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = ModuleType(f"{_OWN}_file")
    module.__file__ = str(file.folder / file.path)
    try:
        exec(compile(file.content(), file.path, "exec", dont_inherit=True), module.__dict__)
    except Exception as error:  # a seed's code may raise anything
        raise failed(file, error) from error
    if missing := [name for name in names if not callable(getattr(module, name, None))]:
        next = f"write `def {missing[0]}(seed)` in it"
        raise SeedError(f"has no function {missing[0]}", where=file.path, next=next)
    return module


def failed(file: File, error: BaseException, row: int = 0) -> SeedError:
    """What the file's own code raised, with the line that raised it."""
    line = _line(file, error)
    where = ", ".join([file.path, *([f"line {line}"] if line else []), *([f"after row {row}"] if row else [])])
    return SeedError(f"{type(error).__name__}: {error}", where=where, next="correct the file")


def _line(file: File, error: BaseException) -> int:
    if isinstance(error, SyntaxError) and error.filename == file.path:
        return error.lineno or 0
    line, frame = 0, error.__traceback__
    while frame:
        line = frame.tb_lineno if frame.tb_frame.f_code.co_filename == file.path else line
        frame = frame.tb_next
    return line


def sources(file: File) -> dict[str, bytes]:
    """Source by module name of all that the file imports, at any depth, except installed packages."""
    folder = str(file.folder.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    found: dict[str, bytes] = {}
    left = [(file.content(), "")]
    while left:
        source, package = left.pop()
        for name in _imports(source, package):
            if name not in found and (path := _own_source(name)):
                found[name] = path.read_bytes()
                left.append((found[name], name if path.name == "__init__.py" else name.rpartition(".")[0]))
    return found


def _imports(source: bytes, package: str) -> Iterator[str]:
    """Every module that the source may import, its packages included; names that are no modules are among them."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return  # running it says so with its line
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_packages(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from _with_packages(base)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _with_packages(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _own_source(name: str) -> Path | None:
    top = name.partition(".")[0]
    if not top or top == _OWN or top in sys.stdlib_module_names:
        return None
    try:
        spec: Any = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    path = Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
    return path if path and not _installed(path) else None


def _installed(path: Path) -> bool:
    roots = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(path.is_relative_to(root) for root in roots if root) or "site-packages" in path.parts
