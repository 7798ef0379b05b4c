"""The documents name only what is there: links, files, commands, make targets. Running them is the stack test's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stagekit.cli import main
from tests.docs.documents import anchors, commands, exists, links, named_files

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    assert [link for link in links(document.read_text(encoding="utf-8")) if not leads_somewhere(document, link)] == []


@each_document
def test_named_files_are_there(document: Path) -> None:
    names = named_files(document.read_text(encoding="utf-8"))
    assert [name for name in sorted(names) if not exists(ROOT, document, name)] == []


@each_document
def test_commands_are_those_of_the_program_and_the_makefile(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if document.parent.name == "reference":
        return  # generated from the parsers themselves: a synopsis, not commands to type
    found = commands(document.read_text(encoding="utf-8"))
    unknown = [" ".join(words) for words in found if not is_known(words) and not is_synopsis(words)]
    assert unknown == [], capsys.readouterr().err


def test_readme_has_the_two_commands() -> None:
    found = commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [words for words in found if words[0] == "make"][:2] == [["make", "staging-local"], ["make", "test"]]


@pytest.mark.parametrize("words", [["stagekit", "upp"], ["stagekit", "up", "--fast"], ["make", "coffee"]])
def test_a_command_that_is_not_there_is_found_out(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_known(words)


def test_a_link_and_a_file_that_are_not_there_are_found_out() -> None:
    text = "See [it](docs/nowhere.md#x) and `docs/nowhere.md`, not `http://x.localhost`.\n"
    assert [link for link in links(text) if not leads_somewhere(ROOT / "README.md", link)] == ["docs/nowhere.md#x"]
    assert [name for name in named_files(text) if not exists(ROOT, ROOT / "README.md", name)] == ["docs/nowhere.md"]


def is_synopsis(words: list[str]) -> bool:
    """Whether the command has a placeholder, such as VERB or …, in the place of a word."""
    return any(word in ("VERB", "…") for word in words)


def leads_somewhere(document: Path, link: str) -> bool:
    """Whether a link's file is there, and its anchor in it. Addresses elsewhere are believed."""
    if re.match(r"(https?|mailto):", link):
        return True
    path, _, anchor = link.partition("#")
    target = (document.parent / path) if path else document
    if not target.exists() or not anchor:
        return target.exists()
    return anchor in anchors(target.read_text(encoding="utf-8"))


def is_known(words: list[str]) -> bool:
    """Whether the real parser, or the Makefile, takes the command; other programs are not ours to judge."""
    if words[0] == "make":
        return set(words[1:]) <= TARGETS
    if Path(words[0]).name != "stagekit":
        return True
    parser, verbs = main._parser()
    main._add_verbs(verbs, words[1:])
    try:
        parser.parse_args(words[1:])
    except SystemExit as ended:
        return ended.code == 0
    return True
