from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from core_fakes import container, model, service

from stagekit.compose import Block, Model
from stagekit.database import Ahead, AtHead, Finding, Pending, Unknown
from stagekit.database.code import Code, Source
from stagekit.database.lint import BREAKING, HINTS, findings_of
from stagekit.database.look import SchemaLook
from stagekit.database.schema import details, verdict
from stagekit.doors.helper import NoImage, Said, Task
from stagekit.doors.linter import lint
from stagekit.stage import Observation

HEAD, SQL = ["code", "--head"], ["code", "--sql"]
ADDS = Finding("require-concurrent-index-creation", "Blocks writes.", 4, breaking=False)
DROPS = Finding("ban-drop-column", "Dropping a column may break existing clients.", 9, breaking=True)
SEEN = Observation((container("postgres"),))


def project(**migrations: Any) -> Model:
    block = Block.model_validate(
        {
            "version": 1,
            "database": {"service": "postgres", "user": "app", "name": "app"},
            "migrations": {"service": "migrate", "head": HEAD, "sql": SQL} | migrations,
        }
    )
    environment = (("DATABASE_URL", "postgresql://app@postgres/app"),)
    return model(
        service("postgres"),
        service("migrate", environment=environment, probed=False),
        service("web", done=["migrate"]),
        block=block,
    )


@dataclass
class FakeHelper:
    """Answers the commands that it knows; notes what it was asked."""

    answers: Mapping[tuple[str, ...], str]
    asked: list[Task] = field(default_factory=list)
    lacks: frozenset[str] = frozenset()

    def run(self, task: Task) -> Said:
        if task.image in self.lacks:
            raise NoImage(task.image)
        self.asked.append(task)
        answer = self.answers.get(tuple(task.words))
        return Said(1, "", "no such revision") if answer is None else Said(0, answer, "INFO")


@dataclass
class FakeEngine:
    """A database that answers this."""

    answer: tuple[int, str]

    def exec(self, container: str, words: Sequence[str]) -> tuple[int, str]:
        assert container == "shop-postgres-1"
        return self.answer


def code_of(found: Model, *helpers: FakeHelper) -> Code:
    """The code, where the engines are these. Each calls the image by its number."""
    sources = [Source(helper, f"migrate:{n}") for n, helper in enumerate(helpers, 1)]  # type: ignore[arg-type]
    return Code(found, [lambda source=source: source for source in sources])  # type: ignore[misc]


def looked(
    answer: tuple[int, str],
    answers: Mapping[tuple[str, ...], str] | None = None,
    *,
    head: str = "0002",
    said: str | None = "[]",
    back: bool = False,
    may_migrate: bool = True,
    **migrations: Any,
) -> Any:
    found = project(**migrations)
    helper = FakeHelper({(*SQL, "0001"): "SQL", tuple(SQL): "ALL"} if answers is None else answers)
    code = code_of(found, helper)
    look = SchemaLook(found, head, FakeEngine(answer), code, lambda sql: said)  # type: ignore[arg-type]
    return look(SEEN, back=back, may_migrate=may_migrate)


def test_a_schema_at_the_head_needs_nothing() -> None:
    assert looked((0, "8000000\n0002\n")) == AtHead("0002")


def test_pending_migrations_are_what_the_code_prints_from_the_databases_revision() -> None:
    found = looked((0, "8000000\n0001\n"))
    assert found == Pending("0001", "0002", ())
    assert found.size == 8000000


def test_a_database_without_a_revision_is_empty_and_nothing_is_linted() -> None:
    assert looked((1, "8000000\nERROR:  42P01\n"), said="not asked") == Pending("", "0002", ())
    assert looked((0, "8000000\n"), said="not asked") == Pending("", "0002", ())


@pytest.mark.parametrize("answer", [(2, "psql: connection refused"), (1, "8000000\nERROR:  42703"), (0, "8\na\nb\n")])
def test_a_revision_that_cannot_be_read_is_never_guessed(answer: tuple[int, str]) -> None:
    assert isinstance(looked(answer), Unknown)


def test_code_that_does_not_know_the_revision_leaves_the_schema() -> None:
    assert looked((0, "8\n0003\n")) == Ahead("0003", "0002")


def test_code_that_can_tell_nothing_of_its_migrations_is_unknown_and_they_are_run() -> None:
    assert looked((0, "8\n0003\n"), {}) == Pending("0003", "0002", None)
    assert looked((0, "8\n0001\n"), sql=[]) == Pending("0001", "0002", None)


def test_a_project_that_says_nothing_of_its_head_is_unknown() -> None:
    assert looked((0, "8\n0001\n"), head="") == Unknown("the code does not say what it wants")


def test_on_a_way_back_that_migrates_nothing_the_code_is_not_asked() -> None:
    assert looked((0, "8\n0001\n"), {}, may_migrate=False) == Ahead("0001", "0002")


def test_going_back_to_code_that_is_newer_than_the_schema_migrates() -> None:
    assert looked((0, "8\n0001\n"), back=True) == Pending("0001", "0002", ())
    assert looked((0, "8\n0003\n"), back=True) == Ahead("0003", "0002")


def test_a_database_that_does_not_run_is_unknown() -> None:
    found = project()
    look = SchemaLook(found, "0002", FakeEngine((0, "")), code_of(found, FakeHelper({})), lint)  # type: ignore[arg-type]
    assert look(Observation(), back=False, may_migrate=True) == Unknown(
        "the database is not named in x-stagekit, or does not run"
    )


def test_the_code_is_asked_in_its_own_image_without_a_network() -> None:
    helper = FakeHelper({tuple(HEAD): "0002\n"})
    assert code_of(project(), helper).head() == "0002"
    [task] = helper.asked
    assert (task.image, task.network) == ("migrate:1", "none")
    assert task.environment == {"DATABASE_URL": "postgresql://app@postgres/app"}


def test_an_image_that_is_not_at_the_host_yet_is_asked_here() -> None:
    host, here = FakeHelper({}, lacks=frozenset({"migrate:1"})), FakeHelper({tuple(HEAD): "0002"})
    assert code_of(project(), host, here).head() == "0002"
    assert [task.image for task in here.asked] == ["migrate:2"]
    assert code_of(project(), host).head() is None


def test_code_that_refuses_to_tell_its_head_tells_none() -> None:
    assert code_of(project(), FakeHelper({})).head() is None
    assert code_of(project(head=[]), FakeHelper({tuple(HEAD): "0002"})).head() is None


def test_a_plan_says_in_a_few_words_whether_old_code_can_live_with_it() -> None:
    assert verdict(Pending("1", "2", (ADDS,))) == "old code can live with it"
    assert verdict(Pending("1", "2", (ADDS, DROPS))) == "old code cannot live with it: ban-drop-column"
    assert verdict(Pending("1", "2", None)) == "unknown whether old code can live with it"
    assert verdict(Pending("", "2", ())) == "no code runs on it yet"
    assert verdict(Unknown("it does not run")).startswith("unknown")


def test_what_breaks_is_shown_before_hints() -> None:
    assert details(Pending("1", "2", (ADDS, DROPS))) == [
        "breaks    line 9 of its SQL: Dropping a column may break existing clients.",
        "hint      line 4 of its SQL: Blocks writes.",
    ]


def row(rule: str, line: int = 0) -> dict[str, Any]:
    return {"rule_name": rule, "message": "words", "line": line, "level": "Warning"}


def test_rules_of_style_are_not_shown() -> None:
    said = json.dumps([row("prefer-robust-stmts"), row("ban-drop-table", 2), row("disallowed-unique-constraint")])
    assert findings_of(said) == (
        Finding("ban-drop-table", "words", 3, breaking=True),
        Finding("disallowed-unique-constraint", "words", 1, breaking=False),
    )


@pytest.mark.parametrize("said", ["", "squawk: no", "{}", '[{"rule_name": "x"}]', json.dumps([row("syntax-error")])])
def test_sql_that_the_linter_cannot_read_is_unknown(said: str) -> None:
    assert findings_of(said) is None


CHANGES = {
    "ALTER TABLE plans DROP COLUMN name;": "ban-drop-column",
    "ALTER TABLE plans RENAME COLUMN name TO title;": "renaming-column",
    "ALTER TABLE plans RENAME TO offers;": "renaming-table",
    "ALTER TABLE plans ALTER COLUMN price TYPE text;": "changing-column-type",
    "ALTER TABLE plans ADD COLUMN price int NOT NULL;": "adding-required-field",
    "ALTER TABLE plans ALTER COLUMN price SET NOT NULL;": "adding-not-nullable-field",
    "ALTER TABLE plans ALTER COLUMN price DROP DEFAULT;": "ban-drop-default",
    "DROP TABLE plans;": "ban-drop-table",
    "DROP VIEW offers;": "ban-drop-view",
    "DROP TYPE mood;": "ban-drop-type",
    "DROP FUNCTION price();": "ban-drop-function",
    "DROP SCHEMA shop;": "ban-drop-schema",
    "ALTER TYPE mood RENAME VALUE 'a' TO 'b';": "renaming-object",
    "ALTER TABLE plans SET SCHEMA other;": "ban-set-schema",
    "TRUNCATE plans CASCADE;": "ban-truncate-cascade",
    "DROP DATABASE shop;": "ban-drop-database",
}


@pytest.mark.parametrize("sql", CHANGES)
def test_the_linter_finds_what_running_code_cannot_live_with(sql: str) -> None:
    said = lint(f"BEGIN;\n{sql}\nCOMMIT;\n")
    assert said is not None
    assert Finding(CHANGES[sql], findings_of(said)[0].text, 2, breaking=True) in findings_of(said)  # type: ignore[index,operator]


def test_every_rule_that_breaks_is_shown_to_be_found() -> None:
    assert set(CHANGES.values()) == BREAKING
    assert not BREAKING & HINTS


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE plans ADD COLUMN note text;",
        "ALTER TABLE plans ADD COLUMN note text NOT NULL DEFAULT '';",
        "CREATE TABLE more (id int PRIMARY KEY);",
        "CREATE INDEX plans_name ON plans (name);",
        "UPDATE alembic_version SET version_num = '0002';",
    ],
)
def test_what_only_adds_breaks_nothing(sql: str) -> None:
    found = findings_of(lint(sql) or "")
    assert found is not None
    assert [finding for finding in found if finding.breaking] == []
