from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from stagekit.bootstrap.rehearsal import Rehearsal
from stagekit.bootstrap.rehearsal.bring_up import write_stage
from stagekit.bootstrap.rehearsal.keys import Keys, write_config
from stagekit.bootstrap.rehearsal.wanted import Wanted
from stagekit.cli.build import build
from stagekit.cli.hosts import config_of, host_of
from stagekit.cli.look import place_of
from stagekit.cli.place import open_place
from stagekit.doors.checkout import Checkout
from stagekit.errors import HostError, SettingsError
from stagekit.hosts import Target
from stagekit.report.rehearsal import RehearsalState, rehearsal_lines
from stagekit.secret import Secret


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / ".env.staging").write_text("STAGEKIT_HOST=ssh://deploy@staging.example.test\nSTAGEKIT_PORT=443\n")
    return tmp_path


def test_the_stage_that_is_said_chooses_the_settings_file(project: Path) -> None:
    place = open_place(project, stage="staging", environ={})
    assert (place.settings.stage, place.settings.port) == ("staging", 443)
    assert host_of(place) == Target("staging.example.test", "deploy")


def test_the_stage_that_is_said_wins_over_the_environments(project: Path) -> None:
    assert open_place(project, stage="staging", environ={"STAGEKIT_STAGE": "local"}).settings.stage == "staging"
    assert open_place(project, environ={"STAGEKIT_STAGE": "staging"}).settings.stage == "staging"


def test_a_stage_that_is_no_name_is_refused(project: Path) -> None:
    with pytest.raises(SettingsError):
        open_place(project, stage="../staging", environ={})


def test_the_environments_host_wins_over_the_files(project: Path) -> None:
    environ = {"STAGEKIT_HOST": "ssh://root@192.0.2.7:2222"}
    assert host_of(open_place(project, stage="staging", environ=environ)) == Target("192.0.2.7", "root", 2222)


def test_a_host_that_is_no_address_is_told_with_its_place(project: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        open_place(project, stage="staging", environ={"STAGEKIT_HOST": "staging.example.test"})
    assert "STAGEKIT_HOST=ssh://" in str(refused.value.evidence)


def test_a_stage_without_a_host_says_where_to_name_one(project: Path) -> None:
    with pytest.raises(HostError) as refused:
        host_of(open_place(project, environ={}))
    assert refused.value.slug == "host-not-named" and ".env.local" in refused.value.next
    assert "make staging-rehearsal" in str(refused.value.evidence)


def test_the_stage_of_this_machine_has_no_host_whatever_the_environment_says(project: Path) -> None:
    place = open_place(project, environ={"STAGEKIT_HOST": "ssh://deploy@staging.example.test"})
    assert place.settings.host is None


def test_an_ssh_configuration_file_is_found_from_the_projects_folder(project: Path) -> None:
    assert config_of(open_place(project, environ={})) is None
    place = open_place(project, environ={"STAGEKIT_SSH_CONFIG": "ssh_config"})
    with pytest.raises(HostError):
        config_of(place)
    (project / "ssh_config").write_text("")
    assert config_of(place) == project / "ssh_config"


def test_the_stages_of_a_checkout_are_those_with_a_settings_file(project: Path) -> None:
    for name in (".env", ".env.example", ".env.local", ".env.staging.bak"):
        (project / name).write_text("")
    assert Checkout(project).stages() == ("local", "staging")


def test_a_rehearsal_host_is_named_as_any_other_host(project: Path) -> None:
    wanted = Wanted(ssh_port=22111, port=9001)
    write_stage(Checkout(project), Rehearsal(project), wanted)
    place = open_place(project, stage="rehearsal", environ={})
    assert host_of(place) == Target("127.0.0.1", "deploy", 22111)
    assert (place.address.port, place.settings.bind) == (9001, "0.0.0.0")


def test_a_persons_own_lines_survive_a_rehearsal(project: Path) -> None:
    (project / ".env.rehearsal").write_text("MINE=1\n")
    for port in (9001, 9002):
        write_stage(Checkout(project), Rehearsal(project), Wanted(ssh_port=22111, port=port))
    text = (project / ".env.rehearsal").read_text()
    assert text.startswith("MINE=1\n") and text.count("STAGEKIT_PORT") == 1 and "9002" in text


def test_a_folder_of_any_name_can_be_written_into_an_ssh_configuration(tmp_path: Path) -> None:
    folder = tmp_path / 'a "strange" 100% folder'
    folder.mkdir()
    keys = Keys("ssh-ed25519 AAAA me", "ssh-ed25519 BBBB host", Secret(""))
    write_config(Checkout(folder), Rehearsal(folder), keys, 22111)
    text = Rehearsal(folder).path("ssh_config").read_text()
    assert 'IdentityFile "' in text and "100%% folder" in text and '\\"strange\\"' in text
    assert Rehearsal(folder).path("known_hosts").read_text() == "[127.0.0.1]:22111 ssh-ed25519 BBBB\n"


def test_each_rehearsal_host_is_one_line_and_what_is_not_ready_says_what_to_type() -> None:
    ready = RehearsalState("main", "rehearsal", "ready", "ssh://deploy@127.0.0.1:22111", "Docker 26.1.5")
    stopped = RehearsalState("second", "rehearsal-second", "stopped")
    assert rehearsal_lines([ready, stopped]) == [
        "rehearsal         ready, ssh://deploy@127.0.0.1:22111, Docker 26.1.5",
        "rehearsal-second  stopped",
        "next: stagekit rehearsal up --name second",
    ]
    assert "stagekit rehearsal up" in rehearsal_lines([])[0]


def test_building_for_a_stage_without_a_host_is_refused_with_both_ways(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    with pytest.raises(HostError) as refused:
        build(Namespace(project_directory=tmp_path, stage="staging", yes=False))
    told = f"{refused.value.what} {refused.value.evidence} {refused.value.next}"
    assert "STAGEKIT_HOST=ssh://deploy@NAME" in told and "make staging-rehearsal" in told


def test_a_stage_that_is_said_has_a_host_or_is_this_machines_own(project: Path) -> None:
    for stage in (None, "local", "staging"):
        assert place_of(Namespace(project_directory=project, stage=stage)).settings.stage == (stage or "local")
    with pytest.raises(HostError) as refused:
        place_of(Namespace(project_directory=project, stage="qa"))
    assert refused.value.slug == "host-not-named"
