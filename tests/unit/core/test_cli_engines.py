from __future__ import annotations

from pathlib import Path

import pytest

from stagekit.cli.engines import machine_at
from stagekit.errors import SettingsError


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("STAGEKIT_HOME", "STAGEKIT_STAGE", "XDG_DATA_HOME"):
        monkeypatch.delenv(key, raising=False)


def test_the_engines_home_is_where_the_projects_settings_have_it(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / ".env.local").write_text("STAGEKIT_HOME=/srv/stagekit\n")
    assert machine_at(tmp_path).places.home == Path("/srv/stagekit")


def test_outside_a_project_the_environment_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKIT_HOME", "/srv/elsewhere")
    assert machine_at(tmp_path).places.home == Path("/srv/elsewhere")


def test_settings_that_cannot_be_read_are_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / ".env.local").write_text("STAGEKIT_HMOE=/srv/stagekit\n")
    with pytest.raises(SettingsError):
        machine_at(tmp_path)
