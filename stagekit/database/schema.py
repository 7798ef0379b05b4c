"""How the schema of a database stands to what a release wants of it. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """What a linter says of pending migrations.

    breaking  whether code that runs meanwhile cannot live with it
    line      of the migrations' SQL, from 1
    """

    rule: str
    text: str
    line: int
    breaking: bool


@dataclass(frozen=True)
class AtHead:
    """The schema is what the release wants."""

    head: str


@dataclass(frozen=True)
class Pending:
    """Migrations are to be run.

    now       the revision that the database has; empty where it has none yet
    findings  None where the migrations could not be read, or there is no linter
    size      bytes of the database. It differs from one moment to the next, and makes no other plan
    """

    now: str
    head: str
    findings: tuple[Finding, ...] | None
    size: int = field(default=0, compare=False)

    @property
    def breaking(self) -> tuple[Finding, ...]:
        """What code that runs meanwhile cannot live with."""
        return tuple(finding for finding in self.findings or () if finding.breaking)


@dataclass(frozen=True)
class Ahead:
    """The release's code does not know the revision that the database has: newer code brought it there. It stays."""

    now: str
    head: str


@dataclass(frozen=True)
class Unknown:
    """It cannot be told.

    size  bytes of the database; None where it could not be asked
    """

    why: str
    size: int | None = field(default=None, compare=False)


Schema = AtHead | Pending | Ahead | Unknown


def verdict(schema: Pending | Unknown) -> str:
    """What is known of running the migrations while other code runs, in a few words."""
    if isinstance(schema, Unknown):
        return f"unknown whether old code can live with it: {schema.why}"
    if not schema.now:
        return "no code runs on it yet"
    if schema.findings is None:
        return "unknown whether old code can live with it"
    if schema.breaking:
        return f"old code cannot live with it: {', '.join(dict.fromkeys(f.rule for f in schema.breaking))}"
    return "old code can live with it"


def details(schema: Pending | Unknown) -> list[str]:
    """The findings, one a line: those that break something first."""
    found = schema.findings or () if isinstance(schema, Pending) else ()
    ordered = sorted(found, key=lambda finding: (not finding.breaking, finding.line))
    return [f"{'breaks' if f.breaking else 'hint':<9} line {f.line} of its SQL: {f.text}" for f in ordered]


def way(schema: Pending | Unknown) -> str:
    """From where to where, such as `0001 -> 0002`."""
    return f"{schema.now or 'empty'} -> {schema.head}" if isinstance(schema, Pending) else "the database"
