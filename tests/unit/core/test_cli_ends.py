"""How a command ends: exit codes, errors in words, reports of bugs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
from core_fakes import ROOT

from stagekit.cli import main as cli
from stagekit.doors.client import EngineGone
from stagekit.errors import GuardError, StagekitError, UsageError


def run(*words: str, code: str = "", **options: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own, at this checkout."""
    command = [sys.executable, "-c", code, *words] if code else [sys.executable, "-m", "stagekit.cli.main", *words]
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **options}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Callable[[], int]], int]:
    """Runs `main` with a verb that does what the test says; a bug report goes to the test's own folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def run_it(deed: Callable[[], int]) -> int:
        return cli._guarded(Namespace(run=lambda arguments: deed()))

    return run_it


Deed = Callable[[Callable[[], int]], int]


def raising(problem: BaseException) -> Callable[[], int]:
    def deed() -> int:
        raise problem

    return deed


def test_a_verbs_own_exit_code_is_passed_on(verb: Deed) -> None:
    assert verb(lambda: 0) == 0
    assert verb(lambda: 7) == 7


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (StagekitError("x", next="y"), 1),
        (GuardError("x", next="y"), 1),
        (UsageError("x", next="y"), 2),
        (EngineGone("Connection aborted."), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("division by zero"), 3),
    ],
)
def test_each_end_has_its_exit_code(verb: Deed, problem: BaseException, code: int) -> None:
    assert verb(raising(problem)) == code


def test_an_expected_error_goes_to_stderr_with_no_traceback(verb: Deed, capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(StagekitError("it broke", evidence=[("here", "why")], next="mend it", slug="broke")))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == ["it broke", "  here          why", "next: mend it    [broke]"]


def test_an_engine_that_is_lost_is_no_bug(verb: Deed, capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(EngineGone("Connection aborted.")))
    told = capsys.readouterr().err
    assert "stopped answering" in told and "Connection aborted." in told and "[engine-lost]" in told


def test_a_bug_leaves_a_report_that_names_it(verb: Deed, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb(raising(ZeroDivisionError("division by zero"))) == 3
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert "stagekit has a bug: ZeroDivisionError: division by zero" in printed
    report = Path(re.search(r"send (\S+)", printed).group(1))  # type: ignore[union-attr]
    text = report.read_text(encoding="utf-8")
    assert "Traceback" in text and "ZeroDivisionError" in text and "stagekit 0" in text


def test_a_report_can_be_read_only_by_its_owner(verb: Deed, capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(ZeroDivisionError()))
    report = Path(re.search(r"send (\S+)", capsys.readouterr().err).group(1))  # type: ignore[union-attr]
    assert report.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words", [[], ["schema", "x-stagekit"]], ids=["little", "much"])
def test_a_reader_that_goes_away_is_no_error(words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "stagekit.cli.main", *words]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
