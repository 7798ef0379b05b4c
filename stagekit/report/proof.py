"""The tests that passed on a release's images, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stagekit.release.record import Tested

NONE = "no test has passed on these images"


def proof_words(tests: Sequence[Tested]) -> str:
    """`41 tests passed on these images`, or that none has."""
    if not tests:
        return NONE
    first, *others = tests
    return _passed(first) + "".join(f", {one.passed} on {one.stage}" for one in others)


def proof_lines(tests: Sequence[Tested]) -> list[str]:
    """The same with where and when, one line each."""
    return [f"{_passed(one)}, on {one.stage}, {one.when}" for one in tests] or [NONE]


def _passed(one: Tested) -> str:
    return f"{one.passed} {'test' if one.passed == 1 else 'tests'} passed on these images"
