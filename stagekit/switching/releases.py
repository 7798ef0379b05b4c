"""What a host keeps of a stage's releases: a record each, which one serves, and the journal of a switch under way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagekit.doors.folder import HostFolder
from stagekit.errors import ReleaseError
from stagekit.release import Release, read_release
from stagekit.secrets import Versions
from stagekit.secrets.store import RECORD as SECRETS
from stagekit.secrets.store import versions_in

KEPT = 10
SERVING = "serving.json"
JOURNAL = "journal.json"


@dataclass(frozen=True)
class Journal:
    """A switch that was begun.

    release  what it is to end with
    step     what it had come to
    """

    release: Release
    step: str
    by: str
    at: str


@dataclass(frozen=True)
class Ledger:
    """The releases of a stage at one moment.

    serving    the number of the one that serves; 0 where none does
    attempted  the highest number that a switch was begun for, whatever became of it
    secrets    which versions of its secrets there are
    """

    releases: Mapping[int, Release] = field(default_factory=dict)
    serving: int = 0
    attempted: int = 0
    journal: Journal | None = None
    secrets: Versions = field(default_factory=Versions)

    @property
    def current(self) -> Release | None:
        """The release that serves."""
        return self.releases.get(self.serving)

    def newest_first(self) -> list[Release]:
        """All of them."""
        return [self.releases[number] for number in sorted(self.releases, reverse=True)]

    def find(self, wanted: str) -> Release | None:
        """A release by its number or revision, the newest first; without one, the one before the one that serves."""
        newest = self.newest_first()
        if not wanted:
            return next((release for release in newest if release.number < self.serving), None)
        return next((r for r in newest if wanted == str(r.number) or (r.revision and r.revision == wanted)), None)

    def next_number(self) -> int:
        """The number of the next release."""
        return self.attempted + 1

    def is_back(self, release: Release) -> bool:
        """Whether a newer one has been there since, or was tried."""
        return self.attempted > release.number


def read_ledger(folder: HostFolder) -> Ledger:
    """Everything, in one answer. Raises ReleaseError or SecretError for what cannot be read."""
    texts = folder.read(SERVING, JOURNAL, SECRETS, "release-*.json")
    releases = (read_release(t, f"{folder.path}/{n}") for n, t in texts.items() if n.startswith("release-"))
    found = {release.number: release for release in releases}
    told = _object(texts.get(SERVING, "{}"), f"{folder.path}/{SERVING}")
    serving, tried = int(told.get("number", 0)), int(told.get("attempted", 0))
    journal = _journal(texts[JOURNAL], f"{folder.path}/{JOURNAL}") if JOURNAL in texts else None
    begun = journal.release.number if journal else 0
    attempted = max([*found, serving, tried, begun], default=0)
    return Ledger(found, serving, attempted, journal, versions_in(texts, folder.path))


def begin(folder: HostFolder, journal: Journal) -> None:
    """Writes down what a switch is about to do."""
    told = {"step": journal.step, "by": journal.by, "at": journal.at}
    folder.write(JOURNAL, json.dumps({**told, "release": journal.release.model_dump(mode="json")}))


def end(folder: HostFolder) -> None:
    """The switch is over."""
    folder.remove(JOURNAL)


def give_up(folder: HostFolder, ledger: Ledger, number: int) -> None:
    """The switch is over, and what served before serves; the number of the one that failed is not used again."""
    if ledger.current:
        _serve(folder, ledger.current, max(ledger.attempted, number))
    folder.remove(JOURNAL)


def record(folder: HostFolder, release: Release, ledger: Ledger) -> None:
    """Writes a release down as the one that serves; the oldest beyond those that are kept go.

    A release that is there already keeps its record: it serves again.
    """
    if release.number not in ledger.releases:
        folder.write(name_of(release.number), release.model_dump_json())
    _serve(folder, release, max(ledger.attempted, release.number))
    old = sorted(n for n in ledger.releases if n not in (release.number, ledger.serving))
    if gone := old[: max(len(old) + 2 - KEPT, 0)]:
        folder.remove(*(name_of(number) for number in gone))


def _serve(folder: HostFolder, release: Release, attempted: int) -> None:
    folder.write(SERVING, json.dumps({"number": release.number, "at": release.at, "attempted": attempted}))


def name_of(number: int) -> str:
    """The file of a release."""
    return f"release-{number:06}.json"


def _journal(text: str, where: str) -> Journal:
    told = _object(text, where)
    release = read_release(json.dumps(told.get("release")), where)
    return Journal(release, str(told.get("step", "")), str(told.get("by", "")), str(told.get("at", "")))


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    raise ReleaseError(
        f"{where} cannot be read",
        evidence=[("", "it is no JSON document: cut off, perhaps")],
        next="look at `stagekit status`; if the stage is well, remove the file at the host and promote again",
        slug="release-record",
    )
