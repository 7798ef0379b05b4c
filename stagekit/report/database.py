"""The stage's database in words: copies that are kept, what a restore loses, what a rollback leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from stagekit.database.schema import Ahead, Schema, Unknown
from stagekit.database.snapshot import Copy, minutes_since, way_back
from stagekit.release import Release
from stagekit.release.record import Kept
from stagekit.report.ages import ago
from stagekit.report.text import seconds


def size_text(size: int) -> str:
    """`812 kB`, `18.0 MB`."""
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def minutes_text(minutes: int | None) -> str:
    """`12 minutes of writes`, with hours or days where they are many."""
    if minutes is None:
        return "the writes of an unknown time"
    more = f" ({minutes / 1440:.1f} days)" if minutes >= 2880 else f" ({minutes / 60:.1f} h)" if minutes >= 120 else ""
    return f"{minutes:,} minute{'' if minutes == 1 else 's'} of writes{more}"


def kept_line(stage: str, kept: Kept) -> str:
    """That a copy is kept, and how it comes back."""
    back = f"stagekit restore {kept.name} --stage {stage}"
    return f"{stage}: snapshot {kept.name}, {size_text(kept.size)} in {seconds(kept.seconds)}; back with `{back}`"


def written_line(stage: str, kept: Kept, file: str, *, stays: bool) -> str:
    """That a copy was written to a file here."""
    also = f"; kept there as {kept.name}" if stays else ""
    return f"{stage}: {file}, {size_text(kept.size)}{also}; back with `stagekit restore --from {file} --stage {stage}`"


def snapshots_text(stage: str, copies: Sequence[Copy], now: datetime) -> str:
    """One line a copy, newest first: its name, its kind, when, how large, which schema."""
    if not copies:
        return f"{stage}: no snapshot is kept\nnext: stagekit snapshot --stage {stage}"
    wide = max(len(copy.kept.name) for copy in copies)
    rows = [f"  {copy.kept.name:<{wide}}  {copy.kind:<8}  {_copy(copy.kept, now)}".rstrip() for copy in copies]
    return "\n".join([*reversed(rows), "", f"stagekit restore NAME --stage {stage}"])


def schema_text(stage: str, revision: str, known: tuple[str, ...] | None) -> str:
    """What a restore of another schema means for the code.

    known  the migrations that the code has after that revision, by name where they have some; None where it does not
           know that revision
    """
    if known is None:
        return f"{stage}: its schema is at {revision}, which the code does not know: it is older than the snapshot"
    again = "`stagekit up`" if stage == "local" else f"`stagekit promote --stage {stage}`"
    names = ", ".join(known) or "the migrations from there"
    return f"{stage}: its schema is at {revision}; {again} runs {names} again"


def loses_text(stage: str, kept: Kept, now: str, *, source: str) -> str:
    """What a restore does, before it does it."""
    lost = minutes_text(minutes_since(kept.at, now))
    return f"{stage}: the database becomes {source}, {kept.at or 'of an unknown time'}. Lost for good: {lost}."


def restored_text(stage: str, took: float, revision: str, serving: Release | None) -> str:
    """That it was restored; and what to do where the code that serves wants another schema."""
    lines = [f"{stage}: restored in {seconds(took)}; {_schema(revision) or 'its schema is not known'}"]
    if serving and serving.migration and revision and serving.migration != revision:
        lines.append(
            f"{serving.name}, which serves, wants {serving.migration}\n"
            f"next: `stagekit promote --stage {stage}` migrates; `stagekit rollback --stage {stage}` goes to older code"
        )
    return "\n".join(lines)


def schema_lines(
    schema: Schema | None, release: Release, releases: Iterable[Release], stage: str, now: str
) -> list[str]:
    """What the schema does when a release serves that did not make it, and the copy from before with its price."""
    if isinstance(schema, Ahead):
        lines = [f"the schema stays at {schema.now}; the code of {release.name} knew {schema.head}"]
    elif isinstance(schema, Unknown):
        lines = [f"the schema stays as it is; {schema.why}"]
    else:
        return []
    copies = [one.snapshot for one in releases if one.snapshot and one.number > release.number]
    if kept := way_back(release.migration, copies):
        lost = minutes_text(minutes_since(kept.at, now))
        lines.append(
            f"its data from {kept.at} is kept: `stagekit restore {kept.name} --stage {stage}` would lose {lost}"
        )
    return lines


def _copy(kept: Kept, now: datetime) -> str:
    return f"{kept.at:<20}  {ago(kept.at, now):<12}  {size_text(kept.size):>10}  {_schema(kept.revision)}"


def _schema(revision: str) -> str:
    return f"schema at {revision}" if revision else ""
