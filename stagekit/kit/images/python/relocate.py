"""Moves Debian's Python from /usr to /usr/local in the tree at /out and gives it the layout of python.org's.

Debian sends `pip install` to dist-packages and refuses it outside virtual environments. Here the standard scheme
holds: /usr/local/lib/python3.13/site-packages. Each change must match the text it replaces, or the build stops.
"""

from __future__ import annotations

import shutil
from pathlib import Path

OUT = Path("/out")
OLD = OUT / "usr/lib/python3.13"
NEW = OUT / "usr/local/lib/python3.13"
UNUSED = ["EXTERNALLY-MANAGED", "_distutils_system_mod.py", "sitecustomize.py", "test"]

# Debian's `site` is frozen into the binary and knows dist-packages only; a .pth file there leads on to site-packages.
# Virtual environments never see it: they look below their own prefix.
PTH = "import site; site.addsitedir('/usr/local/lib/python3.13/site-packages')\n"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if old not in text:
        raise SystemExit(f"{path}: Debian's text has changed, expected:\n{old}")
    path.write_text(text.replace(old, new))


def move() -> None:
    NEW.parent.mkdir(parents=True, exist_ok=True)
    OLD.rename(NEW)
    (OUT / "usr/local/bin").mkdir(exist_ok=True)
    (OUT / "usr/bin/python3.13").rename(OUT / "usr/local/bin/python3.13")
    for name in ("python", "python3"):
        (OUT / "usr/local/bin" / name).symlink_to("python3.13")


def remove_unused() -> None:
    for path in [NEW / name for name in UNUSED] + [*NEW.rglob("__pycache__"), *NEW.glob("lib-dynload/_test*")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(OUT / "usr/lib/python3")


def use_the_standard_scheme() -> None:
    replace(NEW / "sysconfig/__init__.py", "prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'")
    replace(NEW / "ensurepip/__init__.py", "    _ensurepip_is_disabled_in_debian_for_system()\n\n", "")
    for name in ("site-packages", "dist-packages"):
        (NEW / name).mkdir()
    (NEW / "dist-packages/site-packages.pth").write_text(PTH)


if __name__ == "__main__":
    move()
    remove_unused()
    use_the_standard_scheme()
