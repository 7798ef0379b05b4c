"""The frame of every page, and the only place where a value becomes HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any


@dataclass(frozen=True)
class Stage:
    """What the band says."""

    name: str
    release: str


def text(value: Any) -> str:
    """A value as harmless HTML; nothing for None. Safe inside double-quoted attributes too."""
    return "" if value is None else escape(str(value), quote=True)


def page(stage: Stage, title: str, body: str, narrow: bool = False) -> str:
    """A whole page. ``body`` is HTML already."""
    width = "page pay" if narrow else "page"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/look.css">
<link rel="stylesheet" href="/pay.css">
</head>
<body>
<div class="band">staging copy · {text(stage.name)} · release {text(stage.release)}</div>
<header class="top"><a class="brand" href="/">Payments</a>
<span class="muted">Stripe stand-in: no money moves</span></header>
<main class="{width}">
{body}
</main>
</body>
</html>
"""


def table(
    caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: frozenset[str] = frozenset()
) -> str:
    """A table of cells that are HTML already; it turns into cards on a phone."""
    names = list(heads)
    top = "".join(f'<th scope="col"{_num(name, numbers)}>{text(name)}</th>' for name in names)
    lines = "".join(f"<tr>{_cells(names, row, numbers)}</tr>\n" for row in rows)
    return (
        f'<table class="table"><caption>{text(caption)}</caption><thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{lines}</tbody></table>"
    )


def _cells(names: list[str], row: Iterable[str], numbers: frozenset[str]) -> str:
    pairs = zip(names, row, strict=True)
    return "".join(f'<td data-label="{text(name)}"{_num(name, numbers)}>{cell}</td>' for name, cell in pairs)


def _num(name: str, numbers: frozenset[str]) -> str:
    return ' class="num"' if name in numbers else ""


def moment(seconds: float) -> str:
    """A time in UTC, to be read by people and by programs."""
    when = datetime.fromtimestamp(seconds, UTC)
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when.day} {when:%b, %H:%M:%S}</time>'


def badge(word: str, tone: str = "") -> str:
    return f'<span class="badge {tone}">{text(word)}</span>'
