"""The way of `rehearsal down`: the machine, its disks, its keys, and the settings that led to it."""

from __future__ import annotations

import shutil

from stagekit.bootstrap.find import Engine
from stagekit.bootstrap.rehearsal import machine
from stagekit.bootstrap.rehearsal.names import Rehearsal
from stagekit.doors.checkout import Checkout
from stagekit.stage.envfile import without_block


def take_down(checkout: Checkout, engine: Engine, rehearsal: Rehearsal) -> None:
    """Removes everything of it. A person's own lines in the settings file stay."""
    machine.remove(machine.compose_of(rehearsal, engine, {}))
    file = checkout.directory / rehearsal.env_file
    own = without_block(checkout.read(rehearsal.env_file))
    if own.strip():
        checkout.write(rehearsal.env_file, own, mode=0o600)
    else:
        file.unlink(missing_ok=True)
    shutil.rmtree(rehearsal.path(""), ignore_errors=True)
    folder = rehearsal.path("").parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
