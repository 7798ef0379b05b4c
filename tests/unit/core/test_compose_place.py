from __future__ import annotations

import pytest
from core_fakes import flat

from stagekit.compose import Place, check_syntax, locate, refused
from stagekit.errors import ComposeFileError

BASE = """services:
  web:
    image: web:1
    ports:
      - "80:80"
      - target: 81
    environment:
      KEY: ${SECRET:?say it}
"""
OVER = """services:
  web:
    image: web:2
"""


def test_a_key_is_found_with_its_line() -> None:
    assert locate({"compose.yaml": BASE}, ("services", "web", "image")) == Place("compose.yaml", 3)


def test_an_item_of_a_list_is_found_by_its_number() -> None:
    assert locate({"compose.yaml": BASE}, ("services", "web", "ports", "1")) == Place("compose.yaml", 6)


def test_the_deepest_key_that_is_there_stands_for_one_that_is_not() -> None:
    assert locate({"compose.yaml": BASE}, ("services", "web", "build", "args")) == Place("compose.yaml", 2)
    assert locate({"compose.yaml": BASE}, ("services", "web", "ports", "9")) == Place("compose.yaml", 4)


def test_the_last_file_wins_as_in_compose() -> None:
    sources = {"compose.yaml": BASE, "over.yaml": OVER}
    assert locate(sources, ("services", "web", "image")) == Place("over.yaml", 3)
    assert locate(sources, ("services", "web", "ports")) == Place("compose.yaml", 4)


def test_a_key_that_no_file_has_has_no_place() -> None:
    assert locate({"compose.yaml": BASE}, ("networks",)) is None
    assert locate({"compose.yaml": ""}, ("services",)) is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("services:\n  web:\n    image: [1, 2\n", "compose.yaml:4:1"),
        ("services:\n\tweb: 1\n", "compose.yaml:2:1"),
        ('services:\n  web: "open\n', "compose.yaml:3:1"),
        ("services:\n  web: a: b\n", "compose.yaml:2:9"),
        ("a: *nobody\n", "compose.yaml:1:4"),
    ],
)
def test_what_is_no_yaml_is_told_with_file_line_and_column(text: str, where: str) -> None:
    with pytest.raises(ComposeFileError) as raised:
        check_syntax({"other.yaml": BASE, "compose.yaml": text})
    assert raised.value.what == "compose.yaml is not valid YAML"
    assert raised.value.evidence[0][0] == where
    assert where in raised.value.next


def test_a_control_character_is_told_with_the_file() -> None:
    with pytest.raises(ComposeFileError) as raised:
        check_syntax({"compose.yaml": "a: \x01\n"})
    assert raised.value.evidence[0][0] == "compose.yaml"


def test_good_yaml_passes() -> None:
    check_syntax({"compose.yaml": BASE, "over.yaml": OVER})


# The last words are Compose's own, of 2.26 and 2.40.
REFUSALS = [
    (
        "error while interpolating services.web.environment.KEY: required variable SECRET is missing a value: say it",
        "the required variable SECRET has no value",
        "compose.yaml:8: say it",
        "missing-variable",
    ),
    (
        "error while interpolating services.web.environment.KEY: required variable SECRET is missing a value",
        "the required variable SECRET has no value",
        "compose.yaml:8: ${SECRET} is used here",
        "missing-variable",
    ),
    (
        "validating /project/compose.yaml: services.web Additional property imgae is not allowed",
        "Compose refuses the files",
        "compose.yaml:2: ",
        "compose-file",
    ),
    (
        'service "web" depends on undefined service "db": invalid compose project',
        "Compose refuses the files",
        "compose.yaml:2: ",
        "compose-file",
    ),
    (
        "error decoding 'services[web].ports[1].target': invalid",
        "Compose refuses the files",
        "compose.yaml:6: ",
        "compose-file",
    ),
    (
        "invalid interpolation format for services.web.image.\nYou may need to escape any $ with another $.\n${A",
        "Compose refuses the files",
        "compose.yaml:3: invalid interpolation format",
        "compose-file",
    ),
    ("something nobody has ever seen", "Compose refuses the files", ": something", "compose-file"),
]


@pytest.mark.parametrize(("text", "what", "evidence", "slug"), REFUSALS)
def test_composes_refusal_is_told_with_the_place_of_the_key(text: str, what: str, evidence: str, slug: str) -> None:
    error = refused(f'time="…" level=warning msg="unset"\n{text}\n', {"compose.yaml": BASE})
    assert (error.what, error.slug) == (what, slug)
    assert flat(error.evidence).startswith(evidence)


def test_an_unknown_property_is_told_with_its_own_line() -> None:
    text = BASE.replace("    image: web:1\n", "    imgae: web:1\n")
    error = refused(
        "validating /project/compose.yaml: services.web additional properties 'imgae' not allowed",
        {"compose.yaml": text},
    )
    assert error.evidence[0][0] == "compose.yaml:3"


def test_a_missing_variable_says_where_to_put_it() -> None:
    error = refused("required variable SECRET is missing a value: say it", {"compose.yaml": BASE})
    assert error.next == "put SECRET=… into .env.local, or export it"


def test_a_refusal_without_words_says_so() -> None:
    assert refused("", {"compose.yaml": BASE}).evidence == (("", "no reason was given"),)
