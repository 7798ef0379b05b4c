"""The password of a stage on a real host: it is asked for, shown to who may promote, and changed with nothing lost."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import httpx
import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.http import client
from stagekit.secret import Secret
from stagekit.stage.gate import SECRET, cookie_of
from tests.remote.promote_fixtures import SmallStage, standing
from tests.remote.test_secrets import searched
from tests.support.drop_ins import wait_until
from tests.support.load import Load

pytestmark = pytest.mark.engine

BEARER = {"Authorization": "Bearer abc"}
THERE = (
    "exec 3<>/dev/tcp/127.0.0.1/$0; "
    'printf \'GET / HTTP/1.0\\r\\nHost: %s\\r\\nAuthorization: %s\\r\\n\\r\\n\' "$1" "$2" >&3; timeout 10 cat <&3'
)


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product, promoted, with a password that the stage made itself."""
    with standing(engine, tmp_path_factory.mktemp("password") / "small", "promote", "password") as found:
        done = found.promote()
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"stagekit secrets show {SECRET} --stage {found.name}" in done.stdout
        assert password(found) not in done.stdout + done.stderr
        yield found


def password(stage: SmallStage) -> str:
    """What the stage tells who may promote."""
    done = stage.stagekit("secrets", "show", SECRET, "--stage", stage.name, "--yes")
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def ask(stage: SmallStage, path: str = "/", **options: object) -> httpx.Response:
    with client(f"http://{stage.authority}", **options) as http:
        return http.get(path)


def basic(user: str, word: str) -> str:
    """What a browser says for a password."""
    return f"Basic {base64.b64encode(f'{user}:{word}'.encode()).decode()}"


def test_the_stage_asks_for_its_password_and_remembers_who_gave_it(stage: SmallStage) -> None:
    assert ask(stage).status_code == 401
    known = ask(stage, auth=("ana", password(stage)))
    assert known.text == "one small\n"
    cookie = {"Cookie": known.headers["Set-Cookie"].partition(";")[0]}
    assert f"Domain={stage.name}.localhost" in known.headers["Set-Cookie"]
    assert ask(stage, headers=cookie).status_code == 200
    assert cookie == cookie_of(Secret(password(stage)))


def test_status_says_where_the_password_comes_from_and_not_what_it_is(stage: SmallStage) -> None:
    done = stage.there("status")
    assert f"secrets show {SECRET}" in done.stdout and password(stage) not in done.stdout


def test_it_stands_nowhere_but_in_its_volume(stage: SmallStage) -> None:
    word = password(stage)
    assert ask(stage, auth=("ana", word)).status_code == 200
    digest = hashlib.sha256(word.encode()).hexdigest()
    for found in (word, digest, cookie_of(Secret(word))["Cookie"].partition("=")[2]):
        assert searched(stage, found) == ""
    told = [stage.there(*words).stdout for words in (("logs", "edge"), ("releases",), ("plan", "--json"))]
    assert all(told) and word not in "".join(told)


def test_it_is_not_printed_where_nobody_looks(stage: SmallStage) -> None:
    done = stage.stagekit("secrets", "show", SECRET, "--stage", stage.name)
    assert done.returncode == 1 and "secret-unseen" in done.stderr and done.stdout == ""


def test_a_switch_behind_a_password_asks_its_smoke_checks_and_loses_nothing(stage: SmallStage) -> None:
    stage.edit('VERSION = "one"', 'VERSION = "two"')
    stage.commit("two")
    known = cookie_of(Secret(password(stage)))
    with Load(stage.port, stage.authority, ["/", "/", "/", "/slow"], known) as load:
        done = stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "before traffic moves" in done.stdout
    assert load.tally.failed == 0 and load.tally.requests > 200, load.tally.failures
    assert set(load.tally.answered) == {200}
    assert ask(stage, headers=known).text == "two small\n"
    words = "exec 3<>/dev/tcp/127.0.0.1/9999; echo show map release.map >&3; timeout 5 cat <&3"
    told = stage.host.run("docker", "exec", container(stage).split()[0], "bash", "-c", words).stdout
    assert "release" in told and "pass" not in told, "who has heard a smoke check is not let in later"


def test_another_password_reaches_the_running_edge_and_loses_nothing(stage: SmallStage) -> None:
    old = password(stage)
    first = container(stage)
    said = stage.stagekit("secrets", "set", SECRET, "--stage", stage.name, input="our own words\n")
    assert said.returncode == 0, said.stderr
    new = cookie_of(Secret("our own words"))
    with (
        Load(stage.port, stage.authority, ["/open", "/open"]) as everybody,
        Load(stage.port, stage.authority, ["/token"], BEARER) as bearers,
        Load(stage.port, stage.authority, ["/"], new) as knowing,
    ):
        done = stage.there("promote", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "reload" in done.stdout
        before = knowing.tally.answered[200]
        assert ask(stage, headers=new).status_code == 200
    assert [load.tally.failed for load in (everybody, bearers, knowing)] == [0, 0, 0]
    assert set(everybody.tally.answered) == set(bearers.tally.answered) == {200}
    assert set(knowing.tally.answered) == {200, 401} and knowing.tally.answered[200] > before > 0
    assert ask(stage, headers=cookie_of(Secret(old))).status_code == 401
    assert container(stage) == first, "the edge was reloaded, not made anew"
    assert password(stage) == "our own words"


def test_rotation_makes_a_new_one_and_rollback_brings_the_old_one_back_and_neither_loses_anything(
    stage: SmallStage,
) -> None:
    before = password(stage)
    old = cookie_of(Secret(before))
    with (
        Load(stage.port, stage.authority, ["/open"], old, slow="/slow") as everybody,
        Load(stage.port, stage.authority, ["/token"], BEARER) as bearers,
        Load(stage.port, stage.authority, ["/"], old) as early,
    ):
        done = stage.stagekit("secrets", "rotate", SECRET, "--yes", "--stage", stage.name)
        assert done.returncode == 0, done.stdout + done.stderr
        after = password(stage)
        assert after != before and ask(stage, auth=("a", after)).status_code == 200
        assert ask(stage, auth=("a", before)).status_code == 401
        with Load(stage.port, stage.authority, ["/"], cookie_of(Secret(after))) as late:
            assert set(late.tally.answered) == {200}
            assert stage.there("rollback", "--yes").returncode == 0
            assert password(stage) == before and ask(stage, auth=("a", before)).status_code == 200
    loads = [everybody, bearers, early, late]
    assert [load.tally.failed for load in loads] == [0, 0, 0, 0], [load.tally.failures for load in loads]
    assert all(load.tally.requests > 1000 for load in loads), [load.tally.answered for load in loads]
    assert set(bearers.tally.answered) == {200}
    # Who has only the other password is asked for it: an answer, and no request is lost.
    assert set(everybody.tally.answered) == set(early.tally.answered) == set(late.tally.answered) == {200, 401}


def test_who_guesses_is_held_up_and_who_has_given_the_password_is_not(stage: SmallStage) -> None:
    word = password(stage)
    with Load(stage.port, stage.authority, ["/"], cookie_of(Secret(word)), slow="/slow", gentle=True) as knowing:
        same = [ask(stage, auth=("a", "the one before")).status_code for _ in range(30)]
        others = [ask(stage, auth=("a", f"guess {number}")).status_code for number in range(25)]
        right = ask(stage, auth=("a", word))
    assert set(same) == {401}, "a word that is sent again is no other guess"
    assert others == [401] * 19 + [429] * 6
    assert right.status_code == 429 and right.headers["Retry-After"] == "60"
    assert knowing.tally.failed == 0 and set(knowing.tally.answered) == {200}, knowing.tally.answered
    assert ask(stage, "/open").status_code == 200 and ask(stage, "/token", headers=BEARER).status_code == 200
    said = stage.host.run("bash", "-c", THERE, str(stage.port), stage.authority, basic("a", word)).stdout
    assert said.startswith("HTTP/1.1 200 "), "from elsewhere the password opens"
    wait_until(lambda: ask(stage, auth=("a", word)).status_code == 200, "it is looked at again", seconds=150)


def test_what_is_not_for_people_is_never_shown(stage: SmallStage) -> None:
    overlay = stage.folder / "compose.staging.yaml"
    text = overlay.read_text()
    try:
        overlay.write_text(text.replace("[stage-password]", "[stage-password, token]") + "  token: {external: true}\n")
        done = stage.stagekit("secrets", "show", "token", "--stage", stage.name, "--yes")
    finally:
        overlay.write_text(text)
    assert done.returncode == 1 and "secret-not-shared" in done.stderr and done.stdout == ""


def container(stage: SmallStage) -> str:
    """The edge's container and when it was started."""
    found = stage.host.run("docker", "ps", "--filter", "name=-edge-1", "--format", "{{.ID}}").stdout.strip()
    return stage.host.run("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", found).stdout
