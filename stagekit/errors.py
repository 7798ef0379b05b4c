"""What can go wrong, said for the person at the keyboard.

Every expected failure is a `StagekitError`: what happened, the evidence, and the next thing to type.
`slug` names a section of docs/errors.md; `exit_code` is what the shell sees.

Exit codes: 0 done, 1 expected failure, 2 usage, 3 a bug of ours, 4 rolled back, 5 the way back failed,
130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence


class StagekitError(Exception):
    """An expected failure.

    what      one sentence: the thing or step, then what happened to it
    evidence  at most five (label, text) lines that show it; a label may be empty
    next      a command to type, or a sentence that begins with a verb
    slug      a stable name for the kind of failure, a section of docs/errors.md
    """

    exit_code = 1
    slug = "failed"

    def __init__(
        self,
        what: str,
        *,
        next: str,
        evidence: Sequence[tuple[str, str]] = (),
        slug: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.next = next
        self.evidence = tuple(evidence)
        if slug is not None:
            self.slug = slug


class UsageError(StagekitError):
    """The words typed do not make a command."""

    exit_code = 2
    slug = "usage"


class SettingsError(StagekitError):
    """A setting is missing, unknown, or not of its shape."""

    slug = "settings"


class ComposeFileError(StagekitError):
    """The Compose files or their x-stagekit block cannot be read."""

    slug = "compose-file"


class NoProject(StagekitError):
    """There is no Compose file here or above."""

    slug = "no-compose-file"


class GuardError(StagekitError):
    """Something that must never reach a stage: a live key, a real mail relay."""

    slug = "guard"


class EngineError(StagekitError):
    """No Docker engine answers, or the one that does cannot be used."""

    slug = "engine"


class EngineInstallError(EngineError):
    """The embedded engine could not be set up, started or removed."""

    slug = "engine-install"


class BuildError(StagekitError):
    """An image could not be built or pulled."""

    slug = "image-build"


class ServiceError(StagekitError):
    """A service exited, turned unhealthy or never became ready."""

    slug = "service-not-ready"


class HostError(StagekitError):
    """A host cannot be reached, or lacks what a stage needs."""

    slug = "host"


class DeliveryError(StagekitError):
    """Images could not be brought to a host, or are not the same there."""

    slug = "delivery"


class DatabaseError(StagekitError):
    """The stage's database, or a copy of it, cannot be used."""

    slug = "database"


class SecretError(StagekitError):
    """A secret is missing, stands where it would be seen, or cannot be stored."""

    slug = "secret"


class ReleaseError(StagekitError):
    """A release cannot be made, read or switched to."""

    slug = "release"
