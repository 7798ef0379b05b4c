"""An error in the kit's voice: what happened, the evidence, what to type next."""

from __future__ import annotations

from stagekit.errors import StagekitError

WIDTH = 14


def error_text(error: StagekitError) -> str:
    """The lines a person reads; the last one ends with the slug, a section of docs/errors.md."""
    lines = [error.what]
    lines += [f"  {label:<{WIDTH}}{text}" if label else f"  {'':<{WIDTH}}{text}" for label, text in error.evidence]
    return "\n".join([*lines, f"next: {error.next}    [{error.slug}]"])
