"""docs/test-users.md: who stands for which case. `make docs` writes it; a test fails while it is out of date."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/test-users.md"
Row = dict[str, Any]


def page(root: Path = ROOT) -> str:
    """Made of auth0/people.yaml and the seed's rows; the month makes no difference to it."""
    written = yaml.safe_load((root / "auth0/people.yaml").read_text(encoding="utf-8"))
    noted = [person for person in written["people"] if person.get("note")]
    held = _subscriptions(root / "seed")
    rows = [
        (
            f"`{person['email']}`",
            _cell(person["name"]),
            person["note"] + ("; " + ", ".join(person["roles"][1:]) if len(person["roles"]) > 1 else ""),
            "; ".join(held.get(f"auth0|{person['id']}", ["none"])),
        )
        for person in noted
    ]
    everyday = [person["email"] for person in written["people"] if not person.get("note")]
    parts = [
        "# The test users",
        "*Made by `make docs` from auth0/people.yaml and seed/; changes belong there.*",
        f"Everybody's password is `{written['password']}`. There is one person for each case, named for it. "
        "Who changes somebody in a test puts all back by a reset.",
        _table(("sign in as", "name", "good for", "subscriptions"), rows),
        f"{len(everyday)} more are there for the look of a shop that is used, from `{everyday[0]}` on, behind the fold "
        "of the sign-in page. A greater scale of the seed makes more of these; the further ones cannot sign in.",
    ]
    return "\n\n".join(parts) + "\n"


def _subscriptions(folder: Path) -> dict[str, list[str]]:
    """By person, in words. The month is pinned: what is shown does not depend on it."""
    from stagekit_seed.manifest import read
    from stagekit_seed.sources import Sources

    layers = list(read(folder).layers)
    sources = Sources(layers, datetime(2026, 5, 1, tzinfo=UTC), 1)
    found: dict[str, list[str]] = {}
    for file in (file for layer in layers for file in layer.files if file.table == "subscriptions"):
        for row in sources.rows(file):
            words = f"{row.cells['plan']}, {row.cells['status'].replace('_', ' ')}"
            found.setdefault(row.cells["person"], []).append(words)
    return found


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def main() -> None:
    sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "stagekit/kit/seed")]
    path, text = ROOT / PAGE, page()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote      {PAGE}")


if __name__ == "__main__":
    main()
