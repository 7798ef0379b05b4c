"""Releases as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from stagekit.release import Release
from stagekit.release.compare import differences
from stagekit.release.record import Kept
from stagekit.report.database import size_text
from stagekit.report.proof import proof_lines
from stagekit.report.text import seconds


def releases_text(releases: Sequence[Release], serving: int) -> str:
    """One line a release; the one that serves is marked."""
    if not releases:
        return "no release yet; `stagekit promote` makes the first"
    rows = [(r, "serves" if r.number == serving else "") for r in releases]
    wide = max(len(release.name) for release in releases)
    lines = [f"  {r.number:>4}  {r.name:<{wide}}  {r.at}  by {r.by:<12} {mark}".rstrip() for r, mark in rows]
    return "\n".join(lines)


def release_text(release: Release) -> str:
    """One release, whole."""
    course = release.course
    lines = [
        f"release {release.number}: {release.name}, {release.at}, by {release.by}",
        f"  moved     {course.bytes / 1e6:.1f} MB",
        f"  answered  {course.requests} requests during the switch, {course.failed} of them with a failure",
        *([f"  closed    {course.closed} connections at the drain limit"] if course.closed else []),
        *(f"  {name:<9} {seconds(took)}" for name, took in course.seconds.items()),
        *([f"  schema    {release.migration}"] if release.migration else []),
        *(_copy(release.snapshot) if release.snapshot else []),
        *(f"  secret    {name}, version {s.number}  {s.fingerprint}" for name, s in sorted(release.secrets.items())),
        *(f"  tested    {line}" for line in proof_lines(release.tests)),
        "",
        *(f"  {service:<12} {image.name}  {image.identity[:19]}" for service, image in sorted(release.images.items())),
    ]
    return "\n".join(lines)


def diff_text(old: Release, new: Release) -> str:
    """What differs between two releases, in words."""
    head = f"{old.number} {old.name} -> {new.number} {new.name}"
    return "\n".join([head, "", *(_lines(old, new) or ["  nothing differs"])])


def releases_json(releases: Sequence[Release], serving: int) -> str:
    """The records, and which one serves."""
    return json.dumps({"serving": serving, "releases": [r.model_dump(mode="json") for r in releases]}, indent=2)


def _copy(kept: Kept) -> list[str]:
    return [f"  snapshot  {kept.name}, {kept.at}, {size_text(kept.size)}, from before its migrations"]


def _lines(old: Release, new: Release) -> list[str]:
    return list(_words(old, new))


def _words(old: Release, new: Release) -> Iterator[str]:
    for found in differences(old, new):
        yield f"  {found.kind:<10} {found.subject:<12} {found.what}"
