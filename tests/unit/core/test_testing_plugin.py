from __future__ import annotations

from pathlib import Path

import pytest

from stagekit.testing import Stage

pytest_plugins = ["pytester"]

CONFTEST = """
from pathlib import Path
import pytest
from stagekit.testing import Stage

@pytest.fixture(scope="session")
def running_stage(pytestconfig):
    return Stage(
        name=pytestconfig.getoption("--stage"), directory=Path("."), release="", urls={}, users=(), people=None,
        identities={}, capabilities=frozenset({"mail"}),
    )
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project whose stage has mail, and no payments; its tests are written by each test here."""
    pytester.makeconftest(CONFTEST)
    return pytester


def outcome(project: pytest.Pytester, *words: str) -> tuple[dict[str, int], str]:
    result = project.runpytest_inprocess("-rsf", "-p", "no:cacheprovider", *words)
    return result.parseoutcomes(), "\n".join(result.outlines)


def test_a_test_that_is_not_safe_is_refused_on_a_shared_stage(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(stage): raise AssertionError('it ran')")
    counts, text = outcome(project, "--stage=staging")
    assert counts == {"errors": 1}
    assert "staging is shared, and this test is not marked safe" in text
    assert "it ran" not in text.replace("raise AssertionError('it ran')", "")


def test_a_safe_test_runs_on_a_shared_stage(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n@pytest.mark.safe\ndef test_it(stage): assert stage.name == 'staging'")
    assert outcome(project, "--stage=staging")[0] == {"passed": 1}


@pytest.mark.parametrize("stage", ["local", "rehearsal"])
def test_any_test_runs_on_a_stage_of_ones_own(project: pytest.Pytester, stage: str) -> None:
    project.makepyfile("def test_it(stage): pass")
    assert outcome(project, f"--stage={stage}")[0] == {"passed": 1}


def test_a_missing_capability_skips_with_the_reason(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n@pytest.mark.needs('mail', 'payments')\ndef test_it(stage): pass")
    counts, text = outcome(project)
    assert counts == {"skipped": 1}
    assert "local has no payments" in text


def test_a_capability_that_is_there_skips_nothing(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n@pytest.mark.needs('mail')\ndef test_it(stage): pass")
    assert outcome(project)[0] == {"passed": 1}


def test_needs_of_a_module_and_of_a_test_add_up(project: pytest.Pytester) -> None:
    project.makepyfile(
        "import pytest\n"
        "pytestmark = pytest.mark.needs('flows')\n"
        "@pytest.mark.needs('payments')\n"
        "def test_it(stage): pass"
    )
    assert "local has no flows, payments" in outcome(project)[1]


def test_the_marks_are_declared(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n@pytest.mark.safe\n@pytest.mark.needs('mail')\ndef test_it(stage): pass")
    assert outcome(project, "--strict-markers")[0] == {"passed": 1}


def test_a_test_without_a_stage_needs_none(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(): pass")
    assert outcome(project, "--stage=staging")[0] == {"passed": 1}


def test_the_stage_asked_for_must_be_the_one_that_runs(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Stage("local", Path(), "", {}, (), None, {}, frozenset())
    # The tests of `pytester` run in this process: what they changed themselves would stay so for every test after.
    monkeypatch.setattr("stagekit.testing.stage.read_stage", lambda directory, stage: found)
    pytester.makepyfile("def test_it(stage): pass")
    counts, text = outcome(pytester, "--stage=staging")
    assert counts == {"errors": 1}
    assert "--stage=staging was asked for, and this project's stage is local" in text


def test_people_sign_in_where_the_settings_have_the_issuer(project: pytest.Pytester) -> None:
    project.makeconftest(
        CONFTEST.replace("people=None", "people=People(file='p', issuer='https://shop-test.eu.auth0.com/')").replace(
            "import pytest\n", "import pytest\nfrom stagekit.compose.block import People\n"
        )
    )
    project.makepyfile("def test_it(sign_in): assert str(sign_in.http.base_url) == 'https://shop-test.eu.auth0.com/'")
    assert outcome(project)[0] == {"passed": 1}
