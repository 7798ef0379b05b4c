"""Secrets of a stage on a real host: they reach their services, survive rollbacks, and stand nowhere else."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from tests.remote.promote_fixtures import SmallStage, standing
from tests.support.load import Load

pytestmark = pytest.mark.engine

SENTINEL = "sentinel-7f3a9c51e2d84b06"
KEY = f"{SENTINEL}-key \"quoted\" 'twice' $(touch /tmp/executed) `id` \\ % é"
WORDS = f"{SENTINEL}-words\nsecond line\n" + "x" * 65536
# Wherever root of the host could find a value, but for the volumes of secrets themselves. The word comes by stdin.
SEARCH = """
IFS= read -r word
docker=/var/lib/docker
grep -rlsaF -- "$word" /root /home /tmp /var/tmp /run /etc /var/log $docker/containers $docker/image $docker/overlay2
for id in $(docker ps --all --quiet); do
  docker logs "$id" 2>&1 | grep -aF -- "$word"
  docker inspect "$id" | grep -F -- "$word"
done
for id in $(docker image ls --quiet | sort -u); do
  docker image inspect "$id" | grep -F -- "$word"
  docker history --no-trunc "$id" | grep -F -- "$word"
done
docker volume ls --quiet | xargs docker volume inspect | grep -F -- "$word"
journalctl --no-pager 2>/dev/null | grep -aF -- "$word"
:
"""


@dataclass
class Watch:
    """What stands in any command line of this machine, the host's and its containers' among them, and in a folder for
    temporary files, ten times a second. Memory of both is made of `found`."""

    folder: Path
    found: list[str] = field(default_factory=list)
    looks: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.looks += 1
            for file in (*Path("/proc").glob("[0-9]*/cmdline"), *self.folder.rglob("*")):
                try:
                    text = file.read_bytes()
                except OSError:
                    continue
                if SENTINEL.encode() in text:
                    self.found.append(f"{file}: {text[:200]!r}")


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product with secrets: one is generated, one comes from the environment, one from a file."""
    with standing(engine, tmp_path_factory.mktemp("secrets") / "small", "promote", "secrets") as found:
        (found.folder / ".gitignore").write_text(".env*\n.stagekit/\nwords.txt\n")
        (found.folder / "words.txt").write_text(WORDS)
        found.commit("secrets")
        yield found


@pytest.fixture(scope="module")
def promoted(stage: SmallStage, tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallStage, Watch, str]:
    """The stage after its first promotion, watched, with all that was printed."""
    refused = stage.promote()
    assert refused.returncode == 1 and "secret-missing" in refused.stderr, refused.stderr
    assert "any text does" in refused.stderr
    watch = Watch(tmp_path_factory.mktemp("temporary"))
    env = {"API_KEY": KEY, "TMPDIR": str(watch.folder)}
    with watch.watching():
        done = [
            stage.there(*words, env=env)
            for words in (("plan",), ("plan", "--json"), ("promote", "--yes"), ("promote",))
        ]
    assert [one.returncode for one in done] == [0] * 4, done[2].stdout + done[2].stderr
    return stage, watch, "".join(one.stdout + one.stderr for one in done)


def held(stage: SmallStage, service: str, path: str) -> str:
    """The SHA-256 of a file that a service has."""
    words = ("python", "-c", f"import hashlib; print(hashlib.sha256(open({path!r}, 'rb').read()).hexdigest())")
    done = stage.there("exec", service, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def versions(stage: SmallStage) -> dict[str, int]:
    done = stage.stagekit("secrets", "list", "--stage", stage.name, "--json")
    assert done.returncode == 0, done.stderr
    return {one["name"]: one["serving"] for one in json.loads(done.stdout)["secrets"]}


def searched(stage: SmallStage, word: str) -> str:
    return stage.host.run("sh", "-c", SEARCH, input=f"{word}\n").stdout


def test_services_read_their_secrets_byte_for_byte(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, _, printed = promoted
    assert "store     api-key, token, words: the stage has no such version yet" in printed
    assert held(stage, "web", "/run/secrets/api-key") == sha(KEY)
    assert held(stage, "web", "/run/secrets/words.txt") == sha(WORDS)
    assert held(stage, "web", "/run/secrets/token") == held(stage, "worker", "/run/secrets/token")
    assert not Path("/tmp/executed").exists() and stage.host.run("test", "-e", "/tmp/executed").code == 1


def test_no_value_stands_anywhere_but_in_its_volume(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, watch, printed = promoted
    token = stage.there("exec", "web", "cat", "/run/secrets/token").stdout.strip()
    shown = [stage.stagekit("releases", *words, "--stage", stage.name).stdout for words in (["show", "1"], ["--json"])]
    shown += [stage.stagekit("secrets", deed, "--stage", stage.name).stdout for deed in ("list", "check")]
    shown += [stage.there("status").stdout, stage.there("logs", "web").stdout]
    assert all(shown)
    for word in (SENTINEL, token):
        assert searched(stage, word) == ""
        assert word not in "".join([printed, *shown])
        assert kept_here(stage, word) == []
    assert watch.looks > 20 and watch.found == []


def kept_here(stage: SmallStage, word: str) -> list[str]:
    """The files of the project's folder, git's own among them, that hold a word; but for the one a person wrote."""
    files = [file for file in stage.folder.rglob("*") if file.is_file() and file.name != "words.txt"]
    return [str(file) for file in files if word.encode() in file.read_bytes()]


def test_the_search_finds_what_it_looks_for(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, *_ = promoted
    assert stage.host.run("sh", "-c", "echo a-word-left-behind > /tmp/left").ok
    assert "/tmp/left" in searched(stage, "a-word-left-behind")
    found = stage.host.run("docker", "inspect", "--format", "{{.Name}}", f"{project(stage)}-web-1").stdout.strip()
    assert found in searched(stage, found)


def project(stage: SmallStage) -> str:
    names = stage.host.run("docker", "ps", "--format", '{{.Label "com.docker.compose.project"}}').stdout.split()
    return names[0]


def test_who_promotes_later_needs_none_of_them(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, *_ = promoted
    (stage.folder / "words.txt").rename(stage.folder / "words.away")
    try:
        done = stage.there("promote", "--yes")
    finally:
        (stage.folder / "words.away").rename(stage.folder / "words.txt")
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stdout + done.stderr


def test_who_holds_another_value_is_told_and_overwrites_nothing(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, *_ = promoted
    done = stage.there("promote", "--yes", env={"API_KEY": "another value"})
    assert done.returncode == 0, done.stderr
    assert "you hold another value of api-key than version 1, which the stage keeps" in done.stdout
    assert "another value\n" not in done.stdout
    assert held(stage, "web", "/run/secrets/api-key") == sha(KEY)


def test_a_value_that_is_set_serves_with_the_next_promotion_and_rolls_back(
    promoted: tuple[SmallStage, Watch, str],
) -> None:
    stage, *_ = promoted
    said = stage.stagekit("secrets", "set", "api-key", "--stage", stage.name, input="second value\n")
    assert said.returncode == 0 and "api-key has version 2; the next promotion uses it" in said.stdout, said.stderr
    again = stage.stagekit("secrets", "set", "api-key", "--stage", stage.name, input="second value\n")
    assert "version 2 of api-key already, nothing to do" in again.stdout
    assert held(stage, "web", "/run/secrets/api-key") == sha(KEY)
    with Load(stage.port, stage.authority, ["/"]) as load:
        done = stage.there("promote", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert held(stage, "web", "/run/secrets/api-key") == sha("second value")
        assert stage.there("rollback", "--yes").returncode == 0
    assert load.tally.failed == 0 and load.tally.requests > 200, load.tally.failures
    assert held(stage, "web", "/run/secrets/api-key") == sha(KEY)
    diff = stage.stagekit("releases", "diff", "1", "2", "--stage", stage.name).stdout
    assert "secret     api-key      version 1 -> 2" in diff


def test_rotation_is_a_switch_that_loses_nothing_and_the_version_before_stays_valid(
    promoted: tuple[SmallStage, Watch, str],
) -> None:
    stage, *_ = promoted
    assert stage.there("promote", "--yes").returncode == 0  # after the rollback above, what is newest serves again
    before, number = held(stage, "web", "/run/secrets/token"), versions(stage)["token"]
    with Load(stage.port, stage.authority, ["/"]) as load:
        done = stage.stagekit("secrets", "rotate", "token", "--yes", "--stage", stage.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load.tally.failed == 0 and load.tally.requests > 200, load.tally.failures
    assert versions(stage)["token"] == number + 1
    assert held(stage, "web", "/run/secrets/token.previous") == before != held(stage, "web", "/run/secrets/token")
    settled = stage.there("promote", "--yes")
    assert settled.returncode == 0 and "nothing to do" in settled.stdout, settled.stdout + settled.stderr


def test_a_revoked_version_is_gone_and_the_rollbacks_that_it_takes_are_named(
    promoted: tuple[SmallStage, Watch, str],
) -> None:
    stage, *_ = promoted
    done = stage.stagekit("secrets", "rotate", "token", "--revoke", "--yes", "--stage", stage.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"there is no rollback to releases [0-9, ]+, 1 any more", done.stdout), done.stdout
    assert stage.there("exec", "web", "test", "!", "-e", "/run/secrets/token.previous").returncode == 0
    volumes = stage.host.run("docker", "volume", "ls", "--quiet").stdout.split()
    assert [name for name in volumes if "-secret-token-" in name] == [f"{project(stage)}-secret-token-3"]
    back = stage.there("rollback", "--yes")
    assert back.returncode == 1 and "secret-revoked" in back.stderr, back.stdout + back.stderr


def test_a_secret_in_the_environment_of_a_release_is_refused(promoted: tuple[SmallStage, Watch, str]) -> None:
    stage, *_ = promoted
    overlay = stage.folder / "compose.staging.yaml"
    text = overlay.read_text()
    overlay.write_text(text.replace("TOKEN_FILE: /run/secrets/token", "TOKEN: a-word-of-mine"))
    try:
        done = stage.there("promote", "--yes", "--dirty")
    finally:
        overlay.write_text(text)
    assert done.returncode == 1 and "secret-exposed" in done.stderr
    assert "TOKEN in its environment" in done.stderr and "a-word-of-mine" not in done.stderr + done.stdout


@pytest.mark.parametrize("name", ["no-such", "api_key"])
def test_a_secret_that_nobody_is_granted_is_refused_with_those_that_are(
    promoted: tuple[SmallStage, Watch, str], name: str
) -> None:
    stage, *_ = promoted
    done = stage.stagekit("secrets", "set", name, "--stage", stage.name, input="x")
    assert done.returncode == 1 and "api-key, token, words" in done.stderr


def test_who_holds_nothing_is_refused_where_a_new_secret_is_needed_until_somebody_has_set_it(
    promoted: tuple[SmallStage, Watch, str],
) -> None:
    stage, *_ = promoted
    overlay, page = stage.folder / "compose.staging.yaml", stage.page()
    text = overlay.read_text()
    overlay.write_text(text.replace("api-key, {", "api-key, new-key, {") + "  new-key: {external: true}\n")
    try:
        refused = stage.there("promote", "--yes", "--dirty")
        assert refused.returncode == 1 and "[secret-missing]" in refused.stderr, refused.stdout + refused.stderr
        assert "new-key" in refused.stderr and stage.page() == page
        given = stage.stagekit("secrets", "set", "new-key", "--stage", stage.name, input="a new one\n")
        assert given.returncode == 0, given.stderr
        done = stage.there("promote", "--yes", "--dirty")
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        overlay.write_text(text)
    assert held(stage, "web", "/run/secrets/new-key") == sha("a new one")
