"""The generated pages are up to date, and every kind of error has its section."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.report.reference import EXAMPLE, main, pages, product_rows
from stagekit.settings import read_lines

ROOT = Path(__file__).resolve().parents[2]
PRESENT = (ROOT / EXAMPLE).read_text(encoding="utf-8")
# Written by stagekit, or Compose's own.
DERIVED = re.compile(r"^(STAGEKIT|COMPOSE)_")


@pytest.mark.parametrize("name", pages(PRESENT))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == pages(PRESENT)[name], "`make docs` writes it anew"


def test_writing_the_pages_twice_is_writing_them_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / EXAMPLE).write_text(PRESENT, encoding="utf-8")
    main(tmp_path)
    capsys.readouterr()
    main(tmp_path)
    assert capsys.readouterr().out == ""


def test_every_page_links_only_to_sections_it_has() -> None:
    for name, text in pages(PRESENT).items():
        heads = {
            re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, re.M)
        }
        assert [link for link in re.findall(r"\]\(#([^)]*)\)", text) if link not in heads] == [], name


def _compose_defaults() -> dict[str, str]:
    """Each variable of the Compose files with its default; empty where that is made of others."""
    found: dict[str, str] = {}
    for file in sorted(ROOT.glob("compose*.yaml")):
        for name, default in re.findall(r"(?<!\$)\$\{([A-Z_]+)(?::?-([^{}$]*)\}|)", file.read_text(encoding="utf-8")):
            if not DERIVED.match(name):
                found[name] = found.get(name) or default
    return found


def test_every_variable_of_the_compose_files_is_documented_with_its_default() -> None:
    documented = {key.strip("`"): default.strip("`") for key, default, _ in product_rows(PRESENT)}
    assert documented == _compose_defaults()


def test_every_product_setting_says_what_it_is() -> None:
    assert [key for key, _, meaning in product_rows(PRESENT) if not meaning] == []


def test_the_example_file_sets_nothing_by_itself_and_all_of_it_can_be_used() -> None:
    assert read_lines(EXAMPLE, PRESENT).values == {}
    used = re.sub(r"^# (?=[A-Z_]+=)", "", PRESENT, flags=re.M)
    assert read_lines(EXAMPLE, used).values["MAIL_FROM"] == "Fernhill Tea <hello@shop.example>"


def _slugs() -> Iterator[str]:
    for path in (ROOT / "stagekit").rglob("*.py"):
        if "kit" not in path.relative_to(ROOT / "stagekit").parts[:1]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _slug(node)
    yield "bug"  # the command line's own word for what is none of these


def _slug(node: ast.AST) -> Iterator[str]:
    value: ast.expr | None = None
    if isinstance(node, ast.keyword) and node.arg == "slug":
        value = node.value
    if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "slug" for to in node.targets):
        value = node.value
    if value is not None:
        assert isinstance(value, ast.Constant), f"line {value.lineno}: a slug is written as a word, so that it is found"
        yield str(value.value)


def test_every_kind_of_error_has_a_section_and_no_other_has() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, re.M)
    # venv.sh says its own, before there is a Python to say it with.
    assert heads == sorted({*_slugs(), "venv"})


def test_every_section_says_what_to_type() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.*)\n\n((?:(?!## ).*\n?)*)", text, re.M))
    assert [name for name, body in sections.items() if len(body.split()) < 15] == []
