"""What can go wrong with copies of a database, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stagekit.errors import DatabaseError
from stagekit.release.record import Kept


def away(service: str) -> DatabaseError:
    """Nothing can be asked of a database that does not run."""
    return DatabaseError(
        f"{service} does not run, and without it there is no database",
        next="`stagekit status` shows what runs",
        slug="database-away",
    )


def not_named() -> DatabaseError:
    """The project does not say where its database is."""
    return DatabaseError(
        "the x-stagekit block names no database",
        next="add `database: {service, user, name}` to x-stagekit",
        slug="database-away",
    )


def disk_full(name: str, what: str, spare: int) -> DatabaseError:
    """There is too little disk for a copy; spare is in kB."""
    return DatabaseError(
        f"the disk has no room for {what} {name}",
        evidence=[
            ("left as it was", "the database; nothing half is there"),
            ("kept free", f"{spare / 1000:.0f} MB, so that a database which runs does not stop"),
        ],
        next="make room there: `stagekit snapshots` lists what is kept, `snapshots rm NAME` removes one, `stagekit "
        "images prune --stage STAGE` removes images; then type the same again",
        slug="snapshot-disk",
    )


def take_failed(name: str, said: str) -> DatabaseError:
    """pg_dump, or what is around it, refused."""
    return DatabaseError(
        f"the snapshot {name} could not be made",
        evidence=_lines(said),
        next="`stagekit psql` asks the same database; mend it, then type the same again",
        slug="snapshot-failed",
    )


def unreadable(said: str) -> DatabaseError:
    """The volume of the copies, or the helper that reads it, refuses."""
    return DatabaseError(
        "the kept snapshots cannot be read or changed",
        evidence=_lines(said),
        next="look at the engine's log there (journalctl -u docker), then type the same again",
    )


def bad_name(name: str) -> DatabaseError:
    """No copy can be called this."""
    return DatabaseError(
        f"a snapshot cannot be called {name!r}",
        next="take small letters, digits and dashes, such as before-the-demo",
        slug="snapshot-name",
    )


def taken(name: str) -> DatabaseError:
    """A copy of this name is there."""
    return DatabaseError(
        f"there is a snapshot {name} already",
        next=f"take another name, or remove it: stagekit snapshots remove {name}",
        slug="snapshot-name",
    )


def unknown(name: str, known: Sequence[Kept]) -> DatabaseError:
    """There is no copy of this name."""
    return DatabaseError(
        f"there is no snapshot {name}",
        evidence=[(kept.name, kept.at) for kept in reversed(known)][:5],
        next="`stagekit snapshots` lists them" if known else "make one: stagekit snapshot",
        slug="snapshot-unknown",
    )


def no_archive(name: str, said: str) -> DatabaseError:
    """A file is no dump that this Postgres can read."""
    return DatabaseError(
        f"{name} cannot be restored",
        evidence=_lines(said),
        next="give a file that `stagekit snapshot --to` or `pg_dump -Fc` of this Postgres wrote",
        slug="restore-failed",
    )


def restore_failed(name: str, said: str) -> DatabaseError:
    """The old data is there."""
    return DatabaseError(
        f"{name} was not restored; the database is as it was",
        evidence=_lines(said),
        next="mend it, then type the same again",
        slug="restore-failed",
    )


def not_swapped(said: str) -> DatabaseError:
    """The clone did not take the place of the database, or the way there was cut off."""
    return DatabaseError(
        "the database was not exchanged, as far as is known; it is the old one or the new one, whole",
        evidence=_lines(said),
        next="type the same again: it goes on from there, and clears what was left",
        slug="database-exchange",
    )


def refused(what: str, said: str) -> DatabaseError:
    """Postgres refuses something about the databases that are kept beside the app's."""
    return DatabaseError(
        f"Postgres refuses to {what} what stagekit keeps beside the database",
        evidence=_lines(said),
        next="`stagekit psql` asks the same Postgres; mend it, then type the same again",
        slug="database-exchange",
    )


def no_template(said: str) -> DatabaseError:
    """The template of the seed could not be made."""
    return DatabaseError(
        "the seed's template could not be made; the database is as it was",
        evidence=_lines(said),
        next="`stagekit seed` shows whether the seed itself is well; then type the same again",
        slug="seed-template",
    )


def newer(name: str, said: str) -> DatabaseError:
    """A dump of a Postgres that is newer than the stage's."""
    return DatabaseError(
        f"{name} was not restored: a newer Postgres wrote it; the database is as it was",
        evidence=_lines(said),
        next="restore it where Postgres is as new, or raise the version of this stage's in compose.yaml first",
        slug="restore-newer",
    )


def not_agreed(stage: str, verb: str, *, word: str = "") -> DatabaseError:
    """Nobody has agreed to a loss.

    word  an option that agrees; that with the stage's name if empty
    """
    return DatabaseError(
        f"{verb}: nothing was changed, as nobody agreed to it",
        next=f"answer y when asked, or add {word}" if word else f"type {stage} when asked, or add --confirm {stage}",
        slug="data-unconfirmed",
    )


def not_confirmed(stage: str) -> DatabaseError:
    """Nobody has typed the stage's name."""
    return DatabaseError(
        "nothing was restored: the stage's name was not typed",
        next=f"type {stage} when asked, or add --confirm {stage}",
        slug="restore-unconfirmed",
    )


def _lines(said: str) -> list[tuple[str, str]]:
    lines = [line.strip()[:300] for line in said.splitlines() if line.strip()]
    return [("it says" if n == 0 else "", line) for n, line in enumerate(lines[-4:])]
