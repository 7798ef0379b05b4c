from __future__ import annotations

import json

import jsonschema
import pytest
from core_fakes import container, model, seen, service, settled, shop

from stagekit.cli.schema import schema_of
from stagekit.compose import Block, Model, Port
from stagekit.errors import StagekitError
from stagekit.report.error import error_text
from stagekit.report.images import image_rows, images_text
from stagekit.report.status import status_of
from stagekit.report.text import Person, address_lines, first_line, seconds, service_lines, status_text
from stagekit.stage import Address, Container, Identity, Observation, judge

ADDRESS = Address("http", "localhost", 8642)
PEOPLE = [
    Person("Ana", "ana@example.test", "house"),
    Person("Ben", "ben@example.test"),
    Person("Cleo", "cleo@example.test"),
]
BLOCK = Block.model_validate(
    {
        "version": 1,
        "names": {
            "app": {"service": "edge", "title": "shop"},
            "api": {"service": "backend", "title": "API", "path": "/docs"},
            "stripe": {"service": "backend", "title": "payments", "hint": "card 4242"},
        },
    }
)


def product() -> Model:
    return model(*shop().services.values(), block=BLOCK)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.04, "0.0 s"), (0.94, "0.9 s"), (9.99, "10.0 s"), (31, "31 s"), (59.6, "1 m 00 s"), (190, "3 m 10 s")],
)
def test_times_are_short(value: float, text: str) -> None:
    assert seconds(value) == text


def test_the_first_line_says_it_in_words() -> None:
    line = first_line("local", "healthy", "a1b2c3 + changes", product(), ADDRESS)
    assert line == "local: healthy, a1b2c3 + changes, 4 services, http://app.localhost:8642"


def test_a_stopped_stage_shows_no_address() -> None:
    assert first_line("local", "stopped", "", product(), ADDRESS) == "local: stopped, 4 services"


def test_each_service_has_a_line_with_what_it_waits_for_or_what_happened() -> None:
    found = judge(product(), seen(container("postgres", "running", "unhealthy"), container("backend", "created", None)))
    assert service_lines(product(), found) == [
        "  ✗ postgres  failed    its health check fails",
        "  - migrate   not there",
        "  · backend   waiting   for postgres, migrate",
        "  - edge      not there",
    ]


def test_each_address_has_a_line_with_the_one_thing_to_know() -> None:
    lines = address_lines(product(), ADDRESS, PEOPLE)
    assert lines == [
        "  shop      http://app.localhost:8642       sign in as ana@example.test or ben@example.test",
        "  API       http://api.localhost:8642/docs",
        "  payments  http://stripe.localhost:8642    card 4242",
    ]


def test_published_ports_are_shown_where_there_is_no_block() -> None:
    assert address_lines(model(service("web", ports=(Port(80, "8080"),))), ADDRESS) == [
        "  web       http://localhost:8080"
    ]


@pytest.mark.parametrize(
    ("containers", "following"),
    [
        ((), "next: start it with `stagekit up`"),
        (
            (container("postgres", "exited", None, exit_code=1),),
            "next: `stagekit logs SERVICE` says why; `stagekit up` mends",
        ),
    ],
)
def test_a_stage_that_is_not_well_says_what_to_type(containers: tuple[Container, ...], following: str) -> None:
    text = status_text("local", "", product(), judge(product(), seen(*containers)), ADDRESS, [])
    assert text.splitlines()[-1] == following


def test_a_healthy_stage_ends_with_where_to_click() -> None:
    observation, _ = settled(product())
    text = status_text("local", "a1b2c3", product(), judge(product(), observation), ADDRESS, PEOPLE)
    assert "next:" not in text
    assert text.splitlines()[-1].startswith("  payments")


@pytest.mark.parametrize("well", [True, False])
def test_status_json_has_the_form_of_its_schema(well: bool) -> None:
    observation = settled(product())[0] if well else Observation()
    identities = {c.image_id: Identity("sha256:1", ("sha256:2",), "linux/amd64") for c in observation.containers}
    observation = Observation(observation.containers, observation.images, identities)
    found = status_of("local", "a1b2c3", product(), observation, judge(product(), observation), ADDRESS, PEOPLE)
    document = json.loads(found.model_dump_json())
    schema = schema_of("status")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert set(document) >= {"stage", "state", "services", "urls", "users"}
    assert set(document["services"][0]) == {"name", "state", "health", "image", "identity"}
    assert document["state"] == ("healthy" if well else "stopped")
    assert [bool(row["identity"]) for row in document["services"]] == [well] * 4


def test_a_status_of_another_form_does_not_pass_the_schema() -> None:
    for document in ({}, {"stage": "local", "state": "well", "services": [], "urls": {}, "users": [], "release": ""}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schema_of("status"))


def test_the_schema_of_the_block_takes_ours_and_refuses_others() -> None:
    schema = schema_of("x-stagekit")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"version": 1, "names": {"app": {"service": "web"}}}, schema)
    for block in ({}, {"version": 2}, {"version": 1, "colour": "red"}, {"version": 1, "edge": {}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(block, schema)


def test_an_image_has_a_row_with_its_size_identity_and_services() -> None:
    raw = {
        "Id": "sha256:1",
        "Size": 12_345_678,
        "RootFS": {"Layers": ["a", "b"]},
        "Os": "linux",
        "Architecture": "amd64",
    }
    rows = image_rows(shop(), {"shop/backend": raw, "edge:1": None})
    assert rows[0].services == ["migrate", "backend"]
    assert (rows[0].built, rows[0].layers, rows[0].platform) == (True, 2, "linux/amd64")
    lines = images_text(rows, "packages").splitlines()
    assert "12.3 MB" in lines[0] and "2 layers" in lines[0] and lines[0].endswith("migrate, backend")
    assert "not here" in lines[1]
    assert lines[-1] == "third-party images: packages"


def test_a_project_without_services_has_no_images_and_says_so() -> None:
    assert images_text([], "registry").splitlines()[-1] == "third-party images: registry"


def test_an_error_says_what_then_evidence_then_what_to_type() -> None:
    error = StagekitError("x broke", evidence=[("here", "one"), ("", "two")], next="mend x", slug="x-broke")
    assert error_text(error) == ("x broke\n  here          one\n                two\nnext: mend x    [x-broke]")


def test_a_long_label_does_not_run_into_its_text() -> None:
    error = StagekitError("x", evidence=[("stagekit/kit/images/compose.packages.yaml:12:3", "broken")], next="mend")
    assert "yaml:12:3 broken" in " ".join(error_text(error).split())
