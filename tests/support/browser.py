"""Chromium for the browser tests: one that is here, Debian's where it can be installed, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library

FLAGS = [
    "--no-sandbox",  # the tests run as root in containers, where Chromium's sandbox cannot
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Path of a Chromium; it is installed where it is missing. Raises AssertionError when that fails."""
    return _here() or _installed("chromium") or _from_playwright()


def make_playwright_run() -> None:
    """Playwright's own Node.js needs a library of the compiler, which a bare Debian lacks."""
    if sys.platform == "linux" and find_library("atomic") is None:
        _installed("libatomic1")


def have_certutil() -> None:
    """The program that tells Chromium whom to trust. Raises AssertionError where it is not to be had."""
    if shutil.which("certutil") is None:
        _installed("libnss3-tools")
    assert shutil.which("certutil"), "certutil is not here, and Debian's libnss3-tools could not be installed"


def _here() -> str:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )


def _installed(package: str) -> str:
    """Installs a package of Debian's, where that can be done; the path of Chromium, if it is there now."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, capture_output=True, check=False)
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        subprocess.run(words, env=quiet, capture_output=True, check=False)
    return _here()


def _from_playwright() -> str:
    words = [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"no Chromium here, and none could be installed:\n{done.stderr[-2000:]}"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
