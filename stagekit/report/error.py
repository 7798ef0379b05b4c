"""An error in the kit's voice: what happened, the evidence, what to type next."""

from __future__ import annotations

from stagekit.errors import StagekitError

WIDTH = 14


def error_text(error: StagekitError) -> str:
    """The lines a person reads; the last one ends with the slug, a section of docs/errors.md."""
    wide = max([WIDTH, *(len(label) + 2 for label, _ in error.evidence)])
    lines = [error.what, *(f"  {label:<{wide}}{text}" for label, text in error.evidence)]
    return "\n".join([*lines, f"next: {error.next}    [{error.slug}]"])
