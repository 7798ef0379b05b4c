"""What the documents say, taken apart: links, headings, commands, files that are named. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

SHELL = {"sh", "bash", "shell", "console"}
FILE_ENDINGS = "py|ya?ml|md|toml|css|js|ts|json|html|sh|txt|cfg|example|in"
# Made while things run, or a person's own: no checkout has them.
MADE = re.compile(
    r"^(\.env(\.local|\.staging|\.rehearsal(-\w+)?)?|\.venv/.*|\.stagekit/.*|build\.log|bench/results\.json)$"
)


def links(text: str) -> list[str]:
    """The targets of all links and pictures, outside code."""
    return re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", _without_code(text))


def anchors(text: str) -> set[str]:
    """The anchors of all headings, as GitHub makes them."""
    heads = re.findall(r"^#{1,6} +(.+?) *#*$", _without_fences(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def commands(text: str) -> list[list[str]]:
    """Every command of the shell blocks, as words; and those of inline code that begin with stagekit or make."""
    lines = [line for language, body in fences(text) if language in SHELL for line in _lines(body)]
    spans = [span for span in inline(text) if re.match(r"(stagekit|make) \S", span)]
    return [words for line in (*lines, *spans) for words in _words(line)]


def named_files(text: str) -> set[str]:
    """Paths in inline code that should be in a checkout."""
    return {span for span in inline(text) if _is_path(span) and not MADE.match(span)}


def fences(text: str) -> Iterator[tuple[str, str]]:
    """The language and the body of every fenced block."""
    for found in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
        yield found.group(2), found.group(3)


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level, by the heading."""
    parts = re.split(r"^## +(.+?) *$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def inline(text: str) -> list[str]:
    """Every span of inline code."""
    return re.findall(r"`([^`\n]+)`", _without_fences(text))


def exists(root: Path, document: Path, name: str) -> bool:
    """Whether a path that a document names is there: from the root, beside the document, or in stagekit/."""
    return any(any(folder.glob(name.rstrip("/"))) for folder in (root, document.parent, root / "stagekit"))


def _is_path(span: str) -> bool:
    if not re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*/?", span) or re.search(r"\.(localhost|test|example)\b(?!$)", span):
        return False
    return span.endswith("/") or bool(re.search(rf"\.({FILE_ENDINGS})$", span)) or "/" in span


def _lines(body: str) -> list[str]:
    return [line.strip() for line in body.replace("\\\n", " ").splitlines() if line.strip()]


def _words(line: str) -> Iterator[list[str]]:
    # `eval "$(stagekit engine env)"` holds a command of its own.
    for text in (line, *re.findall(r"\$\(([^)]*)\)", line)):
        words = shlex.split(text, comments=True)
        if words:
            yield words


def _without_fences(text: str) -> str:
    return re.sub(r"^( *)```\w*\n.*?^\1```", "", text, flags=re.MULTILINE | re.DOTALL)


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "`code`", _without_fences(text))
