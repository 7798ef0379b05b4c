"""The embedded engine's docker configuration, and the questions to a person."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from bootstrap_fakes import FakeMachine

from stagekit.bootstrap.client import merge, numbers, write_config
from stagekit.bootstrap.ensure import ensure_engine, question
from stagekit.bootstrap.places import Places
from stagekit.bootstrap.status import status_of
from stagekit.errors import EngineError


def test_a_persons_logins_work_at_the_embedded_engine(tmp_path: Path) -> None:
    places, own = Places(tmp_path / "home"), tmp_path / ".docker"
    own.mkdir()
    login = {"auths": {"r.example": {"auth": "x"}}, "currentContext": "remote", "credsStore": "pass"}
    own.joinpath("config.json").write_text(json.dumps(login))
    write_config(places, own)
    file = places.docker_config / "config.json"
    assert json.loads(file.read_text()) == {"auths": {"r.example": {"auth": "x"}}, "credsStore": "pass"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(own.joinpath("config.json").read_text()) == login


def test_a_login_made_at_the_embedded_engine_is_kept() -> None:
    kept = {"auths": {"a": {"auth": "1"}, "b": {"auth": "2"}}}
    assert merge(kept, {"auths": {"a": {"auth": "new"}}}) == {"auths": {"a": {"auth": "new"}, "b": {"auth": "2"}}}


def test_a_broken_configuration_is_no_obstacle(tmp_path: Path) -> None:
    own = tmp_path / ".docker"
    own.mkdir()
    own.joinpath("config.json").write_text("{")
    write_config(Places(tmp_path / "home"), own)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2.26.1-4", (2, 26, 1)), ("v2.40.0", (2, 40, 0)), ("26.1.5+dfsg1", (26, 1, 5)), ("dev", ()), ("", ())],
)
def test_versions_are_compared_as_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert numbers(text) == expected


def test_the_question_names_what_changes_and_how_to_undo_it() -> None:
    text = question(Places(Path("/root/.local/share/stagekit")), Path("/root"))
    for word in ("~/.local/share/stagekit", "bridge", "firewall", "stagekit engine remove"):
        assert word in text
    assert text.endswith("Go on? [Y/n] ")


def test_a_person_who_says_no_gets_no_engine(fake: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("stagekit.bootstrap.install.recipe_here", lambda uid: None)
    with pytest.raises(EngineError) as caught:
        ensure_engine(
            interactive=True,
            ask=lambda text: bool(asked.append(text)),
            say=lambda step, text: None,
            machine=fake.machine,
        )
    assert len(asked) == 1
    assert caught.value.slug == "engine-missing"


def test_status_starts_nothing(fake: FakeMachine) -> None:
    tree = fake.machine.places.tree
    tree.mkdir(parents=True)
    (tree / "complete").touch()
    status = status_of(fake.machine)
    assert (status.state, status.kind) == ("stopped", "embedded")
    assert "the next command starts it" in status.lines()[0]


def test_status_of_a_bare_machine_says_what_to_type(fake: FakeMachine) -> None:
    status = status_of(fake.machine)
    assert status.state == "none"
    assert not status.usable
    assert status.lines()[-1] == "next: stagekit engine install"


def test_status_of_a_stopped_docker_says_how_to_start_it(fake: FakeMachine) -> None:
    fake.program("usr/lib/systemd/system/docker.service")
    status = status_of(fake.machine)
    assert status.state == "unusable"
    assert "systemctl start docker" in status.next
