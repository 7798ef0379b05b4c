"""What was delivered last, written down at the host: one small file for each set of images, by name and time of use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stagekit.hosts.state import folder_of

# A file appears whole, by a rename, so two deliveries at once write down both. The host's own clock orders them.
WRITE = """
umask 077 && mkdir -p "$1" && cat >"$1/.new.$$" && mv "$1/.new.$$" "$1/$2.json" &&
cd "$1" && ls -t | tail -n +51 | while read -r old; do rm -f "./$old"; done
"""
READ = """
cd "$1" 2>/dev/null || exit 0
for set in $(ls -t */deliveries/*.json 2>/dev/null); do printf '%s\\t' "${set%%/*}"; cat "$set"; echo; done
"""


class Answer(Protocol):
    """What a program at the host said."""

    @property
    def ok(self) -> bool: ...
    @property
    def stdout(self) -> str: ...


Run = Callable[..., Answer]


@dataclass(frozen=True)
class Set:
    """Images that were delivered together: the name of each at the host, by service."""

    stage: str
    images: Mapping[str, str]


def write_down(run: Run, project: str, stage: str, images: Mapping[str, str]) -> bool:
    """Notes that these images are the newest delivery of the stage; False where the host would not have it.

    A set that is there already becomes the newest.
    """
    text = json.dumps(dict(sorted(images.items())))
    folder = f"{folder_of(project)}/{stage}/deliveries"
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return run(["sh", "-c", WRITE, "sh", folder, name], input=text).ok


def read(run: Run, project: str) -> tuple[Set, ...]:
    """The deliveries of a project's stages, newest first. A file that cannot be read is left out."""
    said = run(["sh", "-c", READ, "sh", folder_of(project)]).stdout
    return tuple(found for line in said.splitlines() if (found := _set(line)))


def kept(sets: Sequence[Set], count: int) -> frozenset[str]:
    """The image names that the last `count` deliveries of each stage need."""
    names: set[str] = set()
    for stage in {one.stage for one in sets}:
        for one in [one for one in sets if one.stage == stage][:count]:
            names.update(one.images.values())
    return frozenset(names)


def _set(line: str) -> Set | None:
    stage, _, text = line.partition("\t")
    try:
        images = json.loads(text)
    except ValueError:
        return None
    if not isinstance(images, dict):
        return None
    return Set(stage, {str(service): str(name) for service, name in images.items()})
