from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from core_fakes import ROOT, shop

from stagekit.cli import main as cli
from stagekit.compose.block import Database

HEAVY = ("docker", "pydantic", "pydantic_settings", "python_on_whales", "httpx", "requests", "rich", "yaml", "psycopg")
VERBS = (*cli.EVERYDAY, *cli.MORE)


def run(*words: str, code: str = "", **options: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own, at this checkout."""
    command = [sys.executable, "-c", code, *words] if code else [sys.executable, "-m", "stagekit.cli.main", *words]
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **options}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def test_help_lists_every_verb_the_everyday_ones_first() -> None:
    lines = run("--help").stdout
    places = [lines.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)
    assert lines.index("every day:") < places[0] < lines.index("now and then:")


@pytest.mark.parametrize("words", [["--help"], [], ["--version"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from stagekit.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])\n"
    )
    assert run(*words, code=code).stdout.splitlines()[-1] == "HEAVY []"


def test_the_help_of_every_verb_is_quick_and_says_something() -> None:
    code = (
        "import contextlib, io, sys\n"
        "from stagekit.cli.main import main, EVERYDAY, MORE\n"
        "for verb in (*EVERYDAY, *MORE):\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stdout(out):\n"
        "        try:\n            main([verb, '--help'])\n        except SystemExit as end:\n"
        "            assert end.code == 0, verb\n"
        "    assert out.getvalue().startswith(f'usage: stagekit {verb} '), out.getvalue()\n"
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = run(code=code)
    assert done.stdout.splitlines()[-1:] == ["HEAVY []"], done.stderr


def test_the_version_is_printed() -> None:
    assert re.fullmatch(r"stagekit \d+\.\d+\.\d+\S*", run("--version").stdout.strip())


def test_no_words_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "every day:" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["nonsense"], ["up", "--nonsense"], ["schema"], ["schema", "nonsense"], ["exec"]])
def test_words_that_make_no_command_end_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert "usage: stagekit" in capsys.readouterr().err


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose engine cannot be reached."""
    for key in [key for key in os.environ if key.startswith(("STAGEKIT_", "DOCKER_"))]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    (tmp_path / "compose.yaml").write_text("services: {}")
    return tmp_path


Printed = pytest.CaptureFixture[str]


def test_a_folder_without_a_project_is_told_what_to_type(project: Path, capsys: Printed) -> None:
    (project / "compose.yaml").unlink()
    assert cli.main(["--project-directory", str(project), "status"]) == 1
    printed = capsys.readouterr().err
    assert "there is no Compose file in" in printed
    assert printed.rstrip().endswith("[no-compose-file]")


def test_settings_that_are_wrong_are_told_before_any_engine_is_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("STAGEKIT_PROT", "1")
    assert cli.main(["--project-directory", str(project), "up"]) == 1
    assert "STAGEKIT_PROT is no setting of stagekit; the nearest is STAGEKIT_PORT" in capsys.readouterr().err


def test_a_live_key_is_refused_before_any_engine_is_asked(project: Path, capsys: Printed) -> None:
    (project / ".env.local").write_text("STRIPE_SECRET_KEY=sk_live_abcdefghijkl\n")
    assert cli.main(["--project-directory", str(project), "up"]) == 1
    printed = "".join(capsys.readouterr())
    assert "[live-stripe-key]" in printed and ".env.local:1" in printed
    assert "abcdefghijkl" not in printed


@pytest.mark.parametrize("verb", ["up", "build", "plan", "promote", "deliver"])
def test_what_guards_refuse_is_told_all_at_once_before_any_engine_or_host_is_asked(
    verb: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    (project / "compose.yaml").write_text(
        "x-stagekit: {version: 1, guards: {production: {databases: [db.shop.example]}, required: [NEEDED]}}\n"
        "services:\n  web: {image: 'x:1', environment: {URL: 'postgresql://app@db.shop.example/app'}}\n"
    )
    stage = "local" if verb in ("up", "build") else "staging"
    (project / f".env.{stage}").write_text("KEY=sk_live_abcdefghijkl\n")
    monkeypatch.setenv("STAGEKIT_HOST", "ssh://deploy@host.invalid")
    words = [] if stage == "local" else ["--stage", stage]
    assert cli.main(["--project-directory", str(project), verb, *words]) == 1
    printed = "".join(capsys.readouterr())
    assert f".env.{stage}:1" in printed and "compose.yaml:3" in printed and "NEEDED has no value" in printed
    assert printed.rstrip().endswith("[guard]")
    assert "abcdefghijkl" not in printed and "db.shop" not in printed
    assert sorted(path.name for path in project.iterdir()) == [f".env.{stage}", "compose.yaml"], "nothing was begun"


@pytest.mark.parametrize("verb", ["status", "down", "logs"])
def test_what_guards_refuse_can_still_be_looked_at_and_taken_down(verb: str, project: Path, capsys: Printed) -> None:
    (project / ".env.local").write_text("STRIPE_SECRET_KEY=sk_live_abcdefghijkl\n")
    assert cli.main(["--project-directory", str(project), verb]) == 1
    assert capsys.readouterr().err.rstrip().endswith("[engine-silent]")


def test_an_engine_that_does_not_answer_is_told_with_what_named_it(project: Path, capsys: Printed) -> None:
    assert cli.main(["--project-directory", str(project), "status"]) == 1
    printed = capsys.readouterr().err
    assert "DOCKER_HOST" in printed and printed.rstrip().endswith("[engine-silent]")


def test_a_folder_may_be_called_like_a_verb(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    (project / "images").mkdir()
    monkeypatch.chdir(project)
    for folder in (["--project-directory", "images"], ["--project-directory=images"]):
        assert cli.main([*folder, "status"]) == 1
        assert "[engine-silent]" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["status", "x-stagekit"])
def test_a_schema_is_printed_without_any_engine(what: str, project: Path, capsys: Printed) -> None:
    assert cli.main(["schema", what]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["psql", "-c", "select 1"], ["psql", "--", "-c", "select 1"]),
        (["--project-directory", "x", "psql", "-c", "y"], ["--project-directory", "x", "psql", "--", "-c", "y"]),
        (["psql"], ["psql", "--"]),
        (["psql", "--stage", "x", "-c", "y"], ["psql", "--stage", "x", "--", "-c", "y"]),
        (["psql", "--stage=x", "-c", "y"], ["psql", "--stage=x", "--", "-c", "y"]),
        (["psql", "--help"], ["psql", "--help"]),
        (["exec", "postgres", "psql", "-c", "y"], ["exec", "postgres", "psql", "-c", "y"]),
        (["logs", "psql"], ["logs", "psql"]),
        (["up"], ["up"]),
    ],
)
def test_only_what_follows_the_verb_psql_belongs_to_psql(typed: list[str], given: list[str]) -> None:
    assert cli._with_separator(typed) == given


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        (["exec", "backend"], ["exec", "backend", "sh"]),
        (["exec", "backend", "ls", "-l"], ["exec", "backend", "ls", "-l"]),
        (["exec", "backend", "--", "ls"], ["exec", "backend", "ls"]),
        (["exec", "backend", "grep", "--", "-x"], ["exec", "backend", "grep", "--", "-x"]),
    ],
)
def test_a_command_reaches_its_service_word_by_word(
    typed: list[str], run: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import stagekit.cli.looking
    import stagekit.doors.terminal

    asked: list[list[str]] = []
    compose = SimpleNamespace(words=lambda *words: [w for w in words if w != "--no-TTY"], environment=dict)
    looked = SimpleNamespace(model=shop(), compose=compose)
    monkeypatch.setattr(stagekit.cli.look, "look", lambda directory: looked)
    monkeypatch.setattr(stagekit.cli.looking, "looking", lambda arguments: nullcontext(looked))
    monkeypatch.setattr(stagekit.doors.terminal, "hand_over", lambda words, environment: asked.append(words) or 0)
    assert cli.main(typed) == 0
    assert asked == [run]


@pytest.mark.parametrize(
    ("typed", "stage", "more"),
    [
        (["psql"], None, []),
        (["psql", "-c", "select 1"], None, ["-c", "select 1"]),
        (["psql", "--stage", "staging", "-c", "select 1"], "staging", ["-c", "select 1"]),
    ],
)
def test_psql_reaches_the_database_of_the_stage(
    typed: list[str], stage: str | None, more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import stagekit.cli.database
    import stagekit.doors.terminal

    asked: list[list[str]] = []
    stages: list[str | None] = []
    compose = SimpleNamespace(words=lambda *words: [w for w in words if w != "--no-TTY"], environment=dict)
    at = SimpleNamespace(database=Database(service="postgres", user="app", name="shop"), compose=compose)

    def opened(arguments: Namespace) -> nullcontext[SimpleNamespace]:
        stages.append(arguments.stage)
        return nullcontext(at)

    monkeypatch.setattr(stagekit.cli.database, "at_database", opened)
    monkeypatch.setattr(stagekit.doors.terminal, "hand_over", lambda words, environment: asked.append(words) or 0)
    assert cli.main(typed) == 0
    assert asked == [["exec", "postgres", "psql", "-U", "app", "-d", "shop", *more]]
    assert stages == [stage]
