"""Values and names that mean something to a shell, a template or a parser: they arrive as they are, or are refused."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remote.promote_fixtures import SmallStage

pytestmark = pytest.mark.engine

MARK = Path(f"/tmp/executed-{uuid.uuid4().hex}")
RUN = f"touch {MARK}"
VALUES = {
    "COMMAND": f"$({RUN}) `{RUN}` ; {RUN} | {RUN} && {RUN} & '; {RUN}; '",
    "QUOTES": "'\"'\"`\\'\\\"",
    "LINES": f"one\ntwo\r\n\tthree\n\n{RUN}\n",
    "DOLLARS": "$HOME ${HOME} $$ $ ${UNSET:-no} %s {{.}} {}",
    "BACKSLASHES": "\\n \\\\ \\",
    "SPACES": "  a  =b=c  ",
    "LETTERS": "Ünï✓ \u202e \ufeff",
    "DOCUMENT": '{"a": "</script><b>&amp;", "b": [1]}\n=== journal.json\n',
    "EMPTY": "",
    "LARGE": "x'\"$" * (1 << 14),
}
SOMEBODY = f"$({RUN})'\"\n`{RUN}`"
BAD = ["we`b", f"$({RUN})", "a b", 'q"uote', "two\nlines", "../up", "-rf"]


@pytest.fixture(scope="module")
def stage(small_stage: SmallStage) -> Iterator[SmallStage]:
    """The small product, promoted with such values by somebody with such a name."""
    services = {"web": {"environment": {key: value.replace("$", "$$") for key, value in VALUES.items()}}}
    override(small_stage, {"services": services})
    done = small_stage.promote(env={**os.environ, "LOGNAME": SOMEBODY})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    yield small_stage
    assert not MARK.exists(), "it was run on this machine"
    found = "for c in $(docker ps -q); do docker exec $c ls /tmp; done; ls /tmp"
    assert MARK.name not in small_stage.host.run("sh", "-c", found).stdout, "it was run at the host"


def override(stage: SmallStage, document: object) -> None:
    """Adds to the Compose file; any JSON document is a YAML one."""
    (stage.folder / "compose.override.yaml").write_text(json.dumps(document), encoding="utf-8")
    stage.commit()


def environment(stage: SmallStage) -> dict[str, str]:
    """What the page's process has been given, as the kernel tells it."""
    said = stage.there("exec", "web", "base64", "/proc/1/environ").stdout
    return dict(pair.split("=", 1) for pair in base64.b64decode(said).decode().split("\0") if "=" in pair)


def test_values_arrive_byte_for_byte(stage: SmallStage) -> None:
    found = environment(stage)
    assert {key: found.get(key) for key in VALUES} == VALUES


def test_who_promoted_is_written_down_as_it_is_and_printed_harmlessly(stage: SmallStage) -> None:
    [release] = json.loads(stage.there("releases", "--json").stdout)["releases"]
    assert release["by"] == SOMEBODY
    for verb in ("status", "releases"):
        assert stage.there(verb).returncode == 0


def test_they_come_back_with_a_rollback(stage: SmallStage) -> None:
    override(stage, {"services": {"web": {"environment": {"EMPTY": "no more"}}}})
    done = stage.promote()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "COMMAND" not in environment(stage)
    done = stage.there("rollback", "--yes")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = environment(stage)
    assert {key: found.get(key) for key in VALUES} == VALUES
    assert stage.page() == "one small"


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", ["service", "name"])
def test_names_that_cannot_be_are_refused_with_the_place(stage: SmallStage, kind: str, name: str) -> None:
    service = {"services": {name: {"image": "small/app", "command": ["true"]}}}
    override(stage, service if kind == "service" else {"x-stagekit": {"names": {name: {"service": "web"}}}})
    try:
        refused = stage.there("promote", "--yes")
    finally:
        override(stage, {})
    assert refused.returncode in (1, 2), refused.stdout + refused.stderr
    assert "next: " in refused.stderr and "[bug]" not in refused.stderr
    assert stage.page() == "one small"
