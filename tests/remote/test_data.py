"""The data of a stage at its host: seeded, reset and restored by the same words, after a copy and by its name."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from stagekit.bootstrap import Engine
from tests.remote.promote_fixtures import SmallStage, standing


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product with a database and a seed, promoted once."""
    with standing(engine, tmp_path_factory.mktemp("data") / "small", "promote", "database", "seeded") as found:
        done = found.promote()
        assert done.returncode == 0, done.stdout + done.stderr
        yield found


def sql(stage: SmallStage, statement: str) -> list[str]:
    done = stage.there("psql", "-Atc", statement)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def copies(stage: SmallStage) -> list[tuple[str, str]]:
    return [(one["name"], one["kind"]) for one in json.loads(stage.there("snapshots", "--json").stdout)]


def test_a_reset_at_a_host_wants_the_stages_name_and_keeps_a_copy_first(stage: SmallStage) -> None:
    sql(stage, "insert into notes values (1000000, 'of-a-person'); delete from notes where id < 10")
    for answer in ("", "local\n"):
        refused = stage.there("reset", input=answer)
        assert refused.returncode == 1 and "[data-unconfirmed]" in refused.stderr
    assert sql(stage, "select count(*) from notes") == ["92"]
    bea = {**os.environ, "LOGNAME": "bea"}
    assert stage.there("claim", "a demo", "1h", env=bea).returncode == 0
    assert "[stage-claimed]" in stage.there("reset", "--confirm", stage.name).stderr
    assert stage.there("claim", "--release", env=bea).returncode == 0
    done = stage.there("reset", input=f"{stage.name}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^reset: database \d+\.\d\d s .*, mail \d", done.stdout, re.M), done.stdout
    assert sql(stage, "select count(*), max(id) from notes") == ["100|100"]
    [(name, kind)] = copies(stage)
    assert name.startswith("before-reset-") and kind == "dump"
    assert stage.page() == "one small"
    back = stage.there("restore", name, "--confirm", stage.name)
    assert back.returncode == 0, back.stdout + back.stderr
    assert sql(stage, "select count(*), max(id) from notes") == ["92|1000000"]
    assert [one.split("-20")[0] for one, _ in copies(stage)] == ["before-reset", "before-restore"]
    assert sql(stage, "select count(*) from pg_database where datname ~ '^app_stagekit_(new|old)'") == ["0"]


def test_a_seed_at_a_host_asks_there_for_what_people_made(stage: SmallStage) -> None:
    stage.there("reset", "--confirm", stage.name)
    nothing = stage.there("seed")
    assert (nothing.returncode, nothing.stdout) == (0, "seed: notes: there already, nothing to do\n")
    sql(stage, "insert into notes values (1000000, 'of-a-person')")
    refused = stage.there("seed", "--scale", "2", "--yes", input="")
    assert refused.returncode == 1 and "[data-unconfirmed]" in refused.stderr
    assert "1 notes of people would go" in refused.stdout
    done = stage.there("seed", "--scale", "2", "--confirm", stage.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sql(stage, "select count(*), max(id) from notes") == ["200|200"]
    assert any(name.startswith("before-seed-") for name, _ in copies(stage))
    told = json.loads(stage.there("seed", "status", "--json").stdout)
    assert (told["scale"], told["layers"][0]["state"], told["template"]) == (2, "applied", None)
