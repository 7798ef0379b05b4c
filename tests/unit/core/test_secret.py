from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagekit.secret import Secret

# Long enough that it cannot be part of what Python prints around it.
VALUES = st.text(st.characters(categories=["L", "N"]), min_size=12)


@given(VALUES)
def test_no_printed_form_reveals_a_secret(value: str) -> None:
    secret = Secret(value)
    forms = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>30}",
        f"{secret:>30}",
        f"{secret!s}",
        "%s %r" % (secret, secret),  # noqa: UP031  # the old form is one of the forms
        f"{[secret]} { ({'key': secret}) } {(secret,)}",
        ascii(secret),
        repr(vars(type(secret)).keys()),
    ]
    assert all(value not in form for form in forms)


@given(VALUES)
def test_a_traceback_with_a_secret_in_it_does_not_show_it(value: str) -> None:
    try:
        raise ValueError(Secret(value))
    except ValueError:
        assert value not in traceback.format_exc()


def test_a_log_line_does_not_show_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("the key is %s", Secret("sk-test-abcdef"))
    assert caplog.messages == ["the key is ***"]


@given(VALUES)
def test_a_door_gets_the_value_itself(value: str) -> None:
    assert Secret(value).reveal() == value


def test_a_secret_is_no_text() -> None:
    secret = Secret("abcdef")
    assert not isinstance(secret, str)
    with pytest.raises(TypeError):
        "".join([secret])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        secret + "x"  # type: ignore[operator]


def test_a_secret_is_never_written_by_pickle_or_json() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Secret("abcdef"))
    with pytest.raises(TypeError):
        json.dumps(Secret("abcdef"))


def test_a_secret_has_no_attributes_to_print() -> None:
    with pytest.raises(TypeError):
        vars(Secret("abcdef"))


def test_a_secret_is_not_copied_behind_its_back() -> None:
    with pytest.raises(TypeError):
        copy.copy(Secret("abcdef"))


def test_equal_secrets_are_equal_and_others_are_not() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
