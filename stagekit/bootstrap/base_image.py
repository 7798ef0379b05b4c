"""The Debian image that package-built images stand on, for a machine that reaches no image registry."""

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
from stagekit.errors import BuildError, EngineInstallError

Say = Callable[[str, str], None]
BASE_IMAGE = "stagekit-packages/debian:13"
# Every file gets a time no later than this (1 January 2025), so that the same packages give the same layer.
EPOCH = "1735689600"
CHANGES = ('CMD ["bash"]', "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def ensure_base_image(engine: Engine, say: Say, machine: Machine | None = None) -> None:
    """Has `stagekit-packages/debian:13` at the engine, built by mmdebstrap where it is missing. Raises BuildError."""
    here = machine or this_machine()
    if _present(engine, here.processes):
        return
    family, codename = _checked(here)
    from stagekit.bootstrap.lock import held  # from here on, what only a build needs

    places = here.places
    say("images", f"building the base image {BASE_IMAGE} from Debian's packages")
    with held(places, say):
        if not _present(engine, here.processes):
            _prepare_tools(places, family, codename, here.processes)
            _build(engine, places, family, here.processes)


def check_host(system: str, uid: int, family: str) -> None:
    """Raises BuildError where the base image cannot be built here."""
    if system == "Linux" and uid == 0 and family in ("debian", "ubuntu"):
        return
    why = "this user is not root" if system == "Linux" and family else "this is no Debian or Ubuntu"
    raise BuildError(
        f"the base image {BASE_IMAGE} can be built on Debian or Ubuntu as root only: {why}",
        next="reach an image registry and set STAGEKIT_IMAGES=registry; or bring the image: "
        f"`docker save {BASE_IMAGE}` elsewhere, `docker load` here",
        slug="image-base",
    )


def _checked(machine: Machine) -> tuple[str, str]:
    system = os_release_here()
    names = [system.get("ID", ""), *system.get("ID_LIKE", "").split()]
    family = next((name for name in names if name in ("ubuntu", "debian")), "")
    check_host(machine.system, machine.uid, family)
    return family, system.get("VERSION_CODENAME", "")


def _present(engine: Engine, processes: Processes) -> bool:
    return processes.run([engine.docker, "image", "inspect", BASE_IMAGE], env=engine.env, timeout=60).ok


def _prepare_tools(places: Places, family: str, codename: str, processes: Processes) -> None:
    """Unpacks mmdebstrap, and the parts of Perl that a bare machine lacks, beside the engine."""
    from stagekit.bootstrap.apt import open_archive
    from stagekit.bootstrap.unpack import unpack

    if (places.tools / "complete").exists():
        return
    places.prepare()
    archive = open_archive(places.engine / "apt", family, codename, codename, processes)
    archive.update()
    perl = [name for name in archive.depends("perl") if name.startswith(("perl-modules", "libperl"))]
    packages = ["mmdebstrap", "perl", *perl, *([] if family == "debian" else ["debian-archive-keyring"])]
    unpack([(archive, packages)], places.tools, lambda new: None, processes)


def _build(engine: Engine, places: Places, family: str, processes: Processes) -> None:
    from stagekit.bootstrap.unpack import fresh_folder

    scratch = fresh_folder(places.engine, "base-")
    try:
        tar = scratch / "debian.tar"
        root = places.tools / "root"
        words = [*_mmdebstrap(root), f"--keyring={_keyring(root)}", "trixie", str(tar), _mirror(family)]
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


def _mirror(family: str) -> str:
    from stagekit.bootstrap.mirrors import choose_mirrors, read_sources

    codename = os_release_here().get("VERSION_CODENAME", "")
    if family != "debian":
        raise EngineInstallError(
            "the base image is made of Debian's packages, and this machine knows no mirror of Debian",
            next="use official images (STAGEKIT_IMAGES=registry), or a machine with Debian",
        )
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
