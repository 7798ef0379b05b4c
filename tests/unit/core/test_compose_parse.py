from __future__ import annotations

import pytest
from core_fakes import CASES, flat, rendered

from stagekit.compose import Build, Dependency, Model, Mount, Port, parse
from stagekit.errors import ComposeFileError


def read(services: dict[str, object], block: object = None, sources: dict[str, str] | None = None) -> Model:
    return parse(rendered(services, block), directory="/project", files=("compose.yaml",), sources=sources or {})


@pytest.fixture(scope="module")
def whole() -> Model:
    text = (CASES / "compose" / "rendered.json").read_text(encoding="utf-8")
    return parse(text, directory="/project", files=("compose.yaml",), sources={})


def test_a_service_is_read_whole(whole: Model) -> None:
    web = whole.services["web"]
    assert web.build == Build(
        context="/project/web",
        dockerfile="../Dockerfile.web",
        target="app",
        args=(("EMPTY", ""), ("NODE_IMAGE", "node:22")),
        contexts=(("look", "/project/look"),),
    )
    assert web.depends_on == (
        Dependency("db", "service_healthy"),
        Dependency("migrate", "service_completed_successfully"),
    )
    assert web.ports == (Port(80, "8080", "127.0.0.1"),)
    assert web.mounts == (Mount("bind", "/project/src", "/src"), Mount("tmpfs", "", "/tmp"))
    assert web.environment == (("A", "1"), ("NOTHING", ""), ("NUMBER", "5"))
    assert web.command == ("serve", "--port", "80", "/start.sh")
    assert (web.container_name, web.memory, web.probed) == ("the-web", 268435456, True)


def test_a_service_without_an_image_has_the_name_that_compose_gives_its_build(whole: Model) -> None:
    assert whole.services["web"].image == "shop-web"
    assert whole.services["db"].image == "postgres:17.12"


def test_a_disabled_health_check_is_none(whole: Model) -> None:
    assert not whole.services["migrate"].probed


def test_the_old_way_to_limit_memory_counts_too(whole: Model) -> None:
    assert whole.services["db"].memory == 1024


def test_one_shots_are_those_that_another_waits_to_complete(whole: Model) -> None:
    assert whole.one_shots() == {"migrate"}


def test_dependents_are_found_through_others(whole: Model) -> None:
    assert whole.dependents("db") == ("web",)
    assert whole.dependents("web") == ()


def test_a_file_without_a_block_has_the_empty_one(whole: Model) -> None:
    assert whole.block.names == {}
    assert whole.block.people is None


def test_a_definition_without_services_is_empty() -> None:
    assert read({}).services == {}


SOURCE = """services:
  web:
    image: web:1
x-stagekit:
  version: 1
  names:
    app: {service: web}
    APP: {service: web}
  edge:
    service: egde
  colour: red
"""


def test_a_mistake_in_the_block_is_told_with_file_line_and_key() -> None:
    block = {"version": 1, "names": {"app": {"service": "web"}}, "colour": "red"}
    with pytest.raises(ComposeFileError) as raised:
        read({"web": {"image": "web:1"}}, block, {"compose.yaml": SOURCE})
    assert raised.value.what == "the x-stagekit block has one mistake"
    assert raised.value.evidence[0][0] == "compose.yaml:11"
    assert raised.value.evidence[0][1].startswith("x-stagekit.colour: ")
    assert "stagekit schema x-stagekit" in raised.value.next


def test_every_mistake_in_the_block_is_told_at_once() -> None:
    block = {"version": 2, "names": {"APP": {"service": "web"}}, "colour": "red"}
    with pytest.raises(ComposeFileError, match="has 3 mistakes") as raised:
        read({"web": {"image": "web:1"}}, block, {"compose.yaml": SOURCE})
    assert {place for place, _ in raised.value.evidence} == {"compose.yaml:5", "compose.yaml:8", "compose.yaml:11"}


@pytest.mark.parametrize("block", [[], "text", 1, {}, {"version": None}, {"version": 1, "names": []}])
def test_a_block_of_another_shape_is_refused(block: object) -> None:
    with pytest.raises(ComposeFileError):
        read({}, block)


def test_a_block_that_names_no_service_of_the_file_is_told_with_its_line() -> None:
    block = {"version": 1, "names": {"app": {"service": "web"}}, "edge": {"service": "egde"}}
    with pytest.raises(ComposeFileError) as raised:
        read({"web": {"image": "web:1"}}, block, {"compose.yaml": SOURCE})
    assert flat(raised.value.evidence) == "compose.yaml:10: x-stagekit.edge.service: egde"
    assert raised.value.next == "name one of: web"


@pytest.mark.parametrize("part", ["edge", "database", "migrations"])
def test_each_part_of_the_block_must_name_a_service(part: str) -> None:
    more = {"user": "app", "name": "app"} if part == "database" else {}
    with pytest.raises(ComposeFileError, match="names a service that no file defines"):
        read({"web": {"image": "web:1"}}, {"version": 1, part: {"service": "nobody", **more}})
