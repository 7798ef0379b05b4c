from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagekit.settings import read_lines
from stagekit.stage.envfile import ABOUT, BEGIN, END, block_of, with_block, without_block

FIRST = f"{BEGIN}: {ABOUT}"
KEYS = st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True)
# Values that .env can hold at all: one line, and no backslash before the closing quote.
ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
VALUES = ONE_LINE.filter(lambda text: not text.endswith("\\"))
OWN_LINES = st.lists(
    st.one_of(st.just(""), st.just("# a note"), st.tuples(KEYS, VALUES).map("=".join)), max_size=6
).map("\n".join)


def test_an_empty_file_gets_the_block_alone() -> None:
    assert with_block("", {"A": "1"}) == f"{FIRST}\nA=1\n{END}\n"


def test_the_block_stands_after_a_persons_lines() -> None:
    assert with_block("MINE=1\n", {"A": "1"}) == f"MINE=1\n\n{FIRST}\nA=1\n{END}\n"


def test_lines_written_after_the_block_survive() -> None:
    text = with_block("ONE=1\n", {"A": "1"}) + "TWO=2\n"
    renewed = with_block(text, {"A": "2"})
    assert "ONE=1" in renewed and "TWO=2" in renewed and "A=2" in renewed and "A=1" not in renewed


def test_a_block_that_says_something_else_of_itself_is_replaced_as_well() -> None:
    other = with_block("MINE=1\n", {"A": "1"}, about="another stage.")
    assert with_block(other, {"A": "2"}) == f"MINE=1\n\n{FIRST}\nA=2\n{END}\n"
    assert without_block(other) == "MINE=1\n"


def test_a_block_without_its_end_is_still_replaced() -> None:
    torn = f"MINE=1\n\n{FIRST}\nA=1\n"
    assert with_block(torn, {"A": "2"}) == f"MINE=1\n\n{FIRST}\nA=2\n{END}\n"


def test_a_file_without_a_block_is_a_persons_own() -> None:
    assert block_of("MINE=1\n") == ""
    assert without_block("MINE=1\n") == "MINE=1\n"


@given(OWN_LINES, st.dictionaries(KEYS, VALUES, max_size=4))
def test_writing_twice_is_writing_once(own: str, values: dict[str, str]) -> None:
    once = with_block(own, values)
    assert with_block(once, values) == once


@given(OWN_LINES, st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=4))
def test_a_persons_lines_survive_every_rewriting(own: str, first: dict[str, str], then: dict[str, str]) -> None:
    text = with_block(with_block(own, first), then)
    kept = [line for line in own.split("\n") if line.strip()]
    assert [line for line in without_block(text).split("\n") if line.strip()] == kept


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_every_value_is_read_back_as_it_was_written(values: dict[str, str]) -> None:
    assert dict(read_lines(".env", block_of(with_block("", values))).values) == values


def test_quotes_are_read_as_compose_reads_them() -> None:
    # What Compose 2.26 makes of the same lines.
    text = r"""A='it\'s'
B='one\slash'
C="it's \"q\" \\ \$HOME"
D='x' # 'y'
"""
    assert read_lines(".env", text).values == {"A": "it's", "B": r"one\slash", "C": 'it\'s "q" \\ $HOME', "D": "x"}
