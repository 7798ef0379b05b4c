from __future__ import annotations

import pytest
from core_fakes import ROOT, flat
from hypothesis import given
from hypothesis import strategies as st

from stagekit.errors import SettingsError
from stagekit.settings import DERIVED, Settings, Source, known_keys, load, read_lines


def test_defaults_need_nothing_set() -> None:
    settings = load({})
    assert (settings.stage, settings.domain, settings.scheme, settings.port) == ("local", "localhost", "http", None)


def test_the_environment_wins_over_the_stages_file_which_wins_over_the_common_one() -> None:
    stage = Source(".env.local", {"STAGEKIT_PORT": "2000", "STAGEKIT_TIMEOUT": "20", "STAGEKIT_BIND": ""}, {})
    common = Source(".env", {"STAGEKIT_PORT": "3000", "STAGEKIT_TIMEOUT": "30", "STAGEKIT_DOMAIN": "example.test"}, {})
    settings = load({"STAGEKIT_PORT": "1000"}, stage, common)
    assert (settings.port, settings.timeout, settings.domain) == (1000, 20, "example.test")


def test_an_empty_value_counts_as_unset() -> None:
    lower = Source(".env", {"STAGEKIT_PORT": "3000"}, {})
    assert load({"STAGEKIT_PORT": ""}, lower).port == 3000
    assert load({"STAGEKIT_IMAGES": ""}).images is None


def test_other_programs_variables_are_none_of_its_business() -> None:
    assert load({"PATH": "/bin", "STRIPE_SECRET_KEY": "x", "STAGEKIT_TEST_THING": "1"}) == load({})


def test_what_stagekit_writes_itself_is_no_unknown_key() -> None:
    assert load(dict.fromkeys(DERIVED, "x")) == load({})


def test_every_problem_is_told_at_once_with_its_place_and_an_example() -> None:
    file = read_lines(".env.local", "# mine\nSTAGEKIT_PORT=notaport\n\nSTAGEKIT_SCHEMA=https\nSTAGEKIT_TIMEOUT=1\n")
    with pytest.raises(SettingsError) as raised:
        load({"STAGEKIT_IMAGES": "somewhere"}, file)
    error = raised.value
    assert error.what == "the settings have 4 problems"
    places = {place for place, _ in error.evidence}
    assert places == {"environment", ".env.local:2", ".env.local:4", ".env.local:5"}
    text = flat(error.evidence)
    assert "STAGEKIT_SCHEMA is no setting of stagekit; the nearest is STAGEKIT_SCHEME" in text
    assert "for example STAGEKIT_PORT=8642" in text
    assert "for example STAGEKIT_IMAGES=packages" in text
    assert "for example STAGEKIT_TIMEOUT=300" in text
    assert ".env.example" in error.next


def test_one_problem_is_not_called_problems() -> None:
    with pytest.raises(SettingsError, match=r"the settings have one problem$"):
        load({"STAGEKIT_PROT": "1"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("STAGEKIT_PROT", "STAGEKIT_PORT"),
        ("STAGEKIT_IMAGE", "STAGEKIT_IMAGES"),
        ("STAGEKIT_CA", "STAGEKIT_CA_FILE"),
        ("STAGEKIT_TIMOUT", "STAGEKIT_TIMEOUT"),
        ("STAGEKIT_HOMEDIR", "STAGEKIT_HOME"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(typed: str, meant: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({typed: "1"})
    assert f"{typed} is no setting of stagekit; the nearest is {meant}" in flat(raised.value.evidence)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("STAGEKIT_PORT", "0"),
        ("STAGEKIT_PORT", "65536"),
        ("STAGEKIT_PORT", "-1"),
        ("STAGEKIT_PORT", "80; rm -rf /"),
        ("STAGEKIT_STAGE", "../../etc"),
        ("STAGEKIT_STAGE", "UPPER"),
        ("STAGEKIT_STAGE", "local\nX=1"),
        ("STAGEKIT_STAGE", "a" * 40),
        ("STAGEKIT_DOMAIN", "evil.example/path"),
        ("STAGEKIT_DOMAIN", "$(id)"),
        ("STAGEKIT_DOMAIN", "-dash"),
        ("STAGEKIT_DOMAIN", "localhost\n"),
        ("STAGEKIT_BIND", "0.0.0.0; x"),
        ("STAGEKIT_BIND", "all"),
        ("STAGEKIT_PROJECT", "--volumes"),
        ("STAGEKIT_PROJECT", "Ünïcode"),
        ("STAGEKIT_SCHEME", "javascript"),
        ("STAGEKIT_TIMEOUT", "1e9"),
        ("STAGEKIT_TIMEOUT", "forever"),
    ],
)
def test_hostile_values_are_refused_with_the_key(key: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({key: value})
    assert key in flat(raised.value.evidence)


@given(st.dictionaries(st.sampled_from([*known_keys(), "STAGEKIT_X", "OTHER"]), st.text(max_size=40)))
def test_any_value_gives_settings_or_a_settings_error(environ: dict[str, str]) -> None:
    try:
        load(environ)
    except SettingsError as error:
        assert error.evidence and error.next


def test_a_file_has_comments_quotes_and_exports() -> None:
    text = "# a comment\n\nexport A=1\nB='two words' # why\nC=\"x # y\"\nD=plain # why\nE=\n F = spaced\nG=a#b\n"
    source = read_lines(".env", text)
    assert source.values == {
        "A": "1",
        "B": "two words",
        "C": "x # y",
        "D": "plain",
        "E": "",
        "F": "spaced",
        "G": "a#b",
    }
    assert source.where("B") == ".env:4"
    assert source.where("UNKNOWN") == ".env"


def test_a_line_that_is_no_setting_is_named() -> None:
    with pytest.raises(SettingsError) as raised:
        read_lines(".env.local", "A=1\nthis is no setting\n")
    assert raised.value.evidence[0][0] == ".env.local:2"


def test_every_setting_says_what_it_is_and_gives_an_example() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.examples, name


def test_every_example_is_a_good_value() -> None:
    for name, field in Settings.model_fields.items():
        assert load({f"STAGEKIT_{name.upper()}": str((field.examples or [""])[0])})


def test_the_example_file_documents_every_key_of_stagekit() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [key for key in known_keys() if f"{key}=" not in text] == []
