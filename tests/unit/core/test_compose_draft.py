from __future__ import annotations

import pytest
from core_fakes import ROOT
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose import Build, Dependency, Mount, Port, draft
from stagekit.compose.draft import interpolate
from stagekit.compose.written import merged, written
from stagekit.errors import ComposeFileError


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$A and ${A}", "1 and 1"),
        ("${A:-2}${B:-2}", "12"),
        ("${E:-2}", "2"),
        ("${E-2}", ""),
        ("${B-2}", "2"),
        ("${A:+set}${B:+set}", "set"),
        ("${B:-${A:-3}}", "1"),
        ("${B:-${C:-http://auth.${D:-localhost}/}}", "http://auth.localhost/"),
        ("${B:?why}", ""),
        ("$$A $${A}", "$A ${A}"),
        ("100% $ 5", "100% $ 5"),
        ("${X}", "$A"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text: str, filled: str) -> None:
    assert interpolate(text, {"A": "1", "E": "", "X": "$A"}) == filled


@given(st.text(alphabet="${}AB:-?+x", max_size=30), st.text(alphabet="${}AB:-", max_size=10))
def test_filling_in_ends_for_any_text(text: str, value: str) -> None:
    interpolate(text, {"A": value, "B": value})


SHORT = """
name: notes
services:
  web:
    build: ./web
    command: npm start
    ports: ["8080:80", "127.0.0.1:8081:81/tcp", "82", 22:22]
    volumes: ["./src:/src:ro", "data:/data", "/cache"]
    environment: ["A=1", "B"]
    depends_on: [db]
  db:
    image: postgres:${VERSION:-17}
"""


def test_the_short_forms_are_read() -> None:
    web = draft({"compose.yaml": SHORT}, directory="/p", variables={"B": "2"}).services["web"]
    assert web.build == Build("/p/web", "Dockerfile")
    assert web.ports == (Port(80, "8080"), Port(81, "8081", "127.0.0.1"), Port(82), Port(22, "22"))
    assert web.mounts == (
        Mount("bind", "/p/src", "/src"),
        Mount("volume", "data", "/data"),
        Mount("volume", "", "/cache"),
    )
    assert dict(web.environment) == {"A": "1", "B": "2"}
    assert web.depends_on == (Dependency("db", "service_started"),)


def test_defaults_are_filled_in() -> None:
    found = draft({"compose.yaml": SHORT}, directory="/p", variables={})
    assert found.services["db"].image == "postgres:17"
    assert found.project == "notes"


def test_files_are_merged_the_last_one_wins() -> None:
    over = "services:\n  db:\n    image: postgres:18\n    container_name: db\n"
    services = draft({"a": SHORT, "b": over}, directory="/p", variables={}).services
    assert (services["db"].image, services["db"].container_name) == ("postgres:18", "db")
    assert services["web"].build


@pytest.mark.parametrize("text", ["services: []", "services: {web: text}", "services: {web: {ports: 5}}", "[]: {}"])
def test_what_has_no_form_is_refused_or_empty_but_never_a_crash(text: str) -> None:
    try:
        assert draft({"compose.yaml": text}, directory="/p", variables={}).services == {}
    except ComposeFileError as error:
        assert error.evidence[0][0] == "compose.yaml"


def test_our_own_definition_is_read_like_compose_reads_it() -> None:
    sources = {"compose.yaml": (ROOT / "compose.yaml").read_text(encoding="utf-8")}
    found = draft(sources, directory=str(ROOT), variables={})
    assert found.one_shots() == {"edge-files", "migrate", "seed"}
    assert found.services["edge"].ports == (Port(8642, "8642", "127.0.0.1"),)
    assert found.block.edge and found.block.edge.service == "edge"
    assert dict(found.services["backend"].environment)["AUTH_ISSUER"] == "http://auth.localhost:8642/"


def test_a_value_is_read_as_it_is_written() -> None:
    sources = {"a": "services: {web: {ports: ['${P:-1}:80']}}", "b": "services: {db: {}}"}
    assert written(sources, ("services", "web", "ports")) == ["${P:-1}:80"]
    assert written(sources, ("services", "nobody", "ports")) is None


def test_a_file_that_is_no_mapping_adds_nothing() -> None:
    assert merged({"a": "- 1", "b": "x: 1", "c": "a: ["}) == {"x": 1}
