"""Where an embedded engine can be set up, and from which packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrap_fakes import FakeMachine, FakeProcesses

from stagekit.bootstrap.base_image import BASE_IMAGE, OFFICIAL, ensure_base_image, obstacle
from stagekit.bootstrap.distribution import parse_os_release, recipe_for
from stagekit.bootstrap.find import Engine
from stagekit.bootstrap.install import check_possible
from stagekit.doors.local import Result
from stagekit.errors import BuildError, EngineError

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
TRIXIE = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'
NOBLE = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n'
JAMMY = 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'
FEDORA = 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\nVERSION_ID=42\n'
ENGINE = Engine("unix:///x", "docker", {}, "system", "29.0.0", "2.40.0", "0.30.0")
SID = 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\nVERSION_CODENAME=forky\n'


def test_os_release_is_read_with_and_without_quotes() -> None:
    assert parse_os_release("ID=fedora\nNAME='A B'\n# x\nVERSION_ID=\"42\"\n") == {
        "ID": "fedora",
        "NAME": "A B",
        "VERSION_ID": "42",
    }


def test_debian_12_takes_the_engine_of_13_and_its_own_runc() -> None:
    recipe = recipe_for(parse_os_release(BOOKWORM))
    by_release = {fetch.codename: fetch.packages for fetch in recipe.fetches}
    assert "runc" in by_release["bookworm"]
    assert "docker.io" in by_release["trixie"]
    assert "runc" not in by_release["trixie"]


def test_debian_13_takes_all_from_its_own_release() -> None:
    recipe = recipe_for(parse_os_release(TRIXIE))
    assert [fetch.codename for fetch in recipe.fetches] == ["trixie"]
    assert {"docker.io", "docker-cli", "docker-compose", "docker-buildx", "runc"} <= set(recipe.fetches[0].packages)


def test_ubuntu_takes_its_own_names() -> None:
    recipe = recipe_for(parse_os_release(NOBLE))
    assert (recipe.family, recipe.codename) == ("ubuntu", "noble")
    assert {"docker.io", "docker-compose-v2", "docker-buildx"} <= set(recipe.fetches[0].packages)


@pytest.mark.parametrize("system", [JAMMY, FEDORA, SID, ""])
def test_another_system_is_refused_with_what_to_type(system: str) -> None:
    with pytest.raises(EngineError) as caught:
        check_possible(0, "Linux", parse_os_release(system), True)
    assert caught.value.slug == "engine-unsupported-system"
    assert "install Docker Engine 25" in caught.value.next


def test_a_mac_is_told_how_to_get_docker() -> None:
    with pytest.raises(EngineError) as caught:
        check_possible(501, "Darwin", {}, False)
    assert caught.value.slug == "engine-missing"
    assert "brew install --cask docker" in caught.value.next


def test_a_user_who_is_not_root_is_told_so() -> None:
    with pytest.raises(EngineError) as caught:
        check_possible(1000, "Linux", parse_os_release(TRIXIE), True)
    assert caught.value.slug == "engine-needs-root"


def test_a_debian_without_apt_is_refused() -> None:
    with pytest.raises(EngineError) as caught:
        check_possible(0, "Linux", parse_os_release(TRIXIE), False)
    assert caught.value.slug == "engine-unsupported-system"


@pytest.mark.parametrize(
    ("system", "uid", "distribution"), [("Darwin", 0, ""), ("Linux", 0, "ubuntu"), ("Linux", 1000, "debian")]
)
def test_where_the_base_image_cannot_be_built_the_official_one_is_taken(
    system: str, uid: int, distribution: str
) -> None:
    assert obstacle(system, uid, distribution) != ""
    assert obstacle("Linux", 0, "debian") == ""


def test_the_official_base_image_gets_the_name_that_the_drop_ins_stand_on(tmp_path: Path) -> None:
    here = FakeMachine(tmp_path)
    here.system = "Darwin"
    here.processes = FakeProcesses(lambda words: Result(1 if "inspect" in words else 0, "", ""))
    ensure_base_image(ENGINE, lambda step, text: None, here.machine)
    assert ["docker", "tag", OFFICIAL, BASE_IMAGE] in here.processes.commands


def test_a_base_image_that_nobody_has_says_how_to_bring_it(tmp_path: Path) -> None:
    here = FakeMachine(tmp_path)
    here.system = "Darwin"
    here.processes = FakeProcesses(lambda words: Result(1, "", "no such host"))
    with pytest.raises(BuildError) as caught:
        ensure_base_image(ENGINE, lambda step, text: None, here.machine)
    assert caught.value.slug == "image-base"
    assert "docker load" in caught.value.next
