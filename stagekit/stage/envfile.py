"""The block that stagekit keeps in a checkout's `.env`, so that plain `docker compose` addresses the same stage, and in
the settings file of a stage on a rehearsal host."""

from __future__ import annotations

import re
from collections.abc import Mapping

BEGIN = "# >>> written by stagekit"
ABOUT = "this checkout's stage. `stagekit up` rewrites these lines."
END = "# <<< written by stagekit"


def with_block(text: str, values: Mapping[str, str], *, about: str = ABOUT) -> str:
    """The `.env` text with the block replaced or appended; a person's own lines stay as they are."""
    block = "\n".join([f"{BEGIN}: {about}", *(f"{key}={_quote(value)}" for key, value in values.items()), END])
    own = without_block(text).rstrip("\n")
    return f"{own}\n\n{block}\n" if own else f"{block}\n"


def without_block(text: str) -> str:
    """A person's own lines."""
    return re.sub(rf"\n*{re.escape(BEGIN)}.*?({re.escape(END)}\n?|\Z)", "\n", text, flags=re.DOTALL).lstrip("\n")


def block_of(text: str) -> str:
    """The lines between the marks, or nothing."""
    found = re.search(rf"{re.escape(BEGIN)}[^\n]*\n(.*?)({re.escape(END)}|\Z)", text, flags=re.DOTALL)
    return found.group(1) if found else ""


def _quote(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./:@+,=-]*", value):
        return value
    # As Compose reads it: between single quotes nothing but a quote is escaped.
    escaped = value.replace("'", "\\'")
    return f"'{escaped}'"
