"""The Debian image that package-built images stand on.

On Debian, as root, it is put together from Debian's packages, since no image registry may answer; elsewhere it is the
official image.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from stagekit.bootstrap.distribution import os_release_here
from stagekit.bootstrap.find import Engine
from stagekit.bootstrap.machine import Machine, this_machine
from stagekit.bootstrap.places import Places
from stagekit.doors.local import Processes
from stagekit.errors import BuildError

Say = Callable[[str, str], None]
BASE_IMAGE = "stagekit-packages/debian:13"
OFFICIAL = "debian:13.1-slim"
# Every file gets a time no later than this (1 January 2025), so that the same packages give the same layer.
EPOCH = "1735689600"
CHANGES = ('CMD ["bash"]', "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def ensure_base_image(engine: Engine, say: Say, machine: Machine | None = None) -> None:
    """Has `stagekit-packages/debian:13` at the engine, built or pulled where it is missing. Raises BuildError."""
    here = machine or this_machine()
    if _present(engine, here.processes):
        return
    why = obstacle(here.system, here.uid, os_release_here().get("ID", ""))
    if why:
        _pull(engine, say, here.processes, why)
        return
    from stagekit.bootstrap.lock import held  # from here on, what only a build needs

    places = here.places
    say("images", f"building the base image {BASE_IMAGE} from Debian's packages")
    with held(places, say):
        if not _present(engine, here.processes):
            _prepare_tools(places, os_release_here().get("VERSION_CODENAME", ""), here.processes)
            _build(engine, places, here.processes)


def obstacle(system: str, uid: int, distribution: str) -> str:
    """Why the base image cannot be built on this machine, or nothing."""
    if system != "Linux" or distribution != "debian":
        return "this is no Debian"
    return "this user is not root" if uid != 0 else ""


def _pull(engine: Engine, say: Say, processes: Processes, why: str) -> None:
    say("images", f"pulling {OFFICIAL} as the base image {BASE_IMAGE}")
    pulled = processes.run([engine.docker, "pull", "--quiet", OFFICIAL], env=engine.env)
    if not pulled.ok or not processes.run([engine.docker, "tag", OFFICIAL, BASE_IMAGE], env=engine.env).ok:
        raise BuildError(
            f"the base image {BASE_IMAGE} could not be pulled, and cannot be built here: {why}",
            evidence=pulled.last_lines(2),
            next=f"bring it from a machine with Debian, where you are root: `docker save {BASE_IMAGE}` there, "
            "`docker load` here; or reach an image registry",
            slug="image-base",
        )


def _present(engine: Engine, processes: Processes) -> bool:
    return processes.run([engine.docker, "image", "inspect", BASE_IMAGE], env=engine.env, timeout=60).ok


def _prepare_tools(places: Places, codename: str, processes: Processes) -> None:
    """Unpacks mmdebstrap, and the parts of Perl that a bare machine lacks, beside the engine."""
    from stagekit.bootstrap.apt import open_archive
    from stagekit.bootstrap.unpack import unpack

    if (places.tools / "complete").exists():
        return
    places.prepare()
    archive = open_archive(places.engine / "apt", "debian", codename, codename, processes)
    archive.update()
    perl = [name for name in archive.depends("perl") if name.startswith(("perl-modules", "libperl"))]
    unpack([(archive, ["mmdebstrap", "perl", *perl])], places.tools, lambda new: None, processes)


def _build(engine: Engine, places: Places, processes: Processes) -> None:
    from stagekit.bootstrap.unpack import fresh_folder

    scratch = fresh_folder(places.engine, "base-")
    try:
        tar = scratch / "debian.tar"
        root = places.tools / "root"
        words = [*_mmdebstrap(root), f"--keyring={_keyring(root)}", "trixie", str(tar), _mirror()]
        env = _perl(root) | {"SOURCE_DATE_EPOCH": EPOCH, "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8"}
        _run(processes, words, env, "the Debian base image could not be put together")
        changes = [word for change in CHANGES for word in ("--change", change)]
        words = [engine.docker, "import", *changes, str(tar), BASE_IMAGE]
        _run(processes, words, engine.env, "the Debian base image could not be loaded")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _mmdebstrap(root: Path) -> list[str]:
    from stagekit.bootstrap.apt import BOUND

    return [
        *BOUND,
        "perl",
        str(root / "usr/bin/mmdebstrap"),
        "--quiet",
        "--mode=root",
        "--variant=apt",
        "--include=ca-certificates",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
    ]


def _keyring(root: Path) -> str:
    folders = (root / "usr/share/keyrings", Path("/usr/share/keyrings"))
    found = (folder / f"debian-archive-keyring.{end}" for folder in folders for end in ("gpg", "pgp"))
    return str(next((path for path in found if path.exists()), folders[1] / "debian-archive-keyring.gpg"))


def _mirror() -> str:
    from stagekit.bootstrap.mirrors import choose_mirrors, read_sources

    codename = os_release_here().get("VERSION_CODENAME", "")
    return choose_mirrors(read_sources(Path("/etc/apt")), "debian", codename).main


def _perl(root: Path) -> dict[str, str]:
    folders = [*root.glob("usr/share/perl/5.*"), *root.glob("usr/lib/*/perl/5.*"), *root.glob("usr/share/perl5")]
    path = ":".join(str(folder) for folder in folders if folder.is_dir() and not folder.is_symlink())
    return {"PERL5LIB": path, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:{root / 'usr/bin'}"}


def _run(processes: Processes, words: list[str], env: dict[str, str], what: str) -> None:
    result = processes.run(words, env=env)
    if not result.ok:
        raise BuildError(
            what,
            evidence=result.last_lines(),
            next="check the network and the free space, then run the same command again",
            slug="image-base",
        )
