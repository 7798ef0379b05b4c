"""A copy of this checkout for the tests to run: own folder, so own project, port, volumes and `.env`."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from pathlib import Path

KEPT = {".venv", ".stagekit", ".env", "node_modules"}


def copy_checkout(source: Path, target: Path) -> Path:
    """Brings `target` to the files of `source` that git knows or would add; unchanged files are left alone."""
    names = _listed(source)
    for name in names:
        _copy(source / name, target / name)
    _remove_others(target, {target / name for name in names})
    return target


def _listed(source: Path) -> list[str]:
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=source, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (source / name).exists()]


def _copy(source: Path, target: Path) -> None:
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    for path in folder.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            _remove_others(path, wanted)
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in wanted:
            path.unlink()
