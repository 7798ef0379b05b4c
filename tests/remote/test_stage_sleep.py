"""A stage at a host that sleeps and wakes, a port of it that is brought here, and a stage that is taken away whole. In
order: each goes on from the one before."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.http import get
from tests.remote.promote_fixtures import SmallStage
from tests.support.drop_ins import wait_until
from tests.support.load import Load, Tally

pytestmark = pytest.mark.engine

STATE = "~/.local/state/stagekit"
# What is at a host, of everybody. Docker's own networks are made anew when it starts.
EVERYTHING = f"""
docker ps --all --no-trunc --format '{{{{.ID}}}} {{{{.Names}}}} {{{{.State}}}}' | sort
docker network ls --filter type=custom --no-trunc --format '{{{{.ID}}}} {{{{.Name}}}}' | sort
docker volume ls --format '{{{{.Name}}}}' | sort
docker image ls --all --no-trunc --format '{{{{.ID}}}} {{{{.Repository}}}}:{{{{.Tag}}}}' | sort
find {STATE} | sort
"""
# Somebody else's: a container that runs, volumes and a network whose names begin like the stage's, an image with a name
# as stagekit gives it, and the records of another stage.
OTHERS = f"""
set -e
files=$(ldd /usr/bin/sleep | grep -o '/[^ ]*')
tar -ch /usr/bin/sleep $files 2>/dev/null | docker import - stagekit/others-staging/web:0123456789abcdef
docker volume create --label com.docker.compose.project=PROJECT_b PROJECT_b_data
docker volume create --label com.docker.compose.project=PROJECT_stagekit-b PROJECT_stagekit-b_data
docker volume create loose
docker network create --label com.docker.compose.project=PROJECT_b PROJECT_b_default
docker run --detach --restart always --name others --network PROJECT_b_default --volume PROJECT_b_data:/data \\
    --label com.docker.compose.project=PROJECT_b stagekit/others-staging/web:0123456789abcdef /usr/bin/sleep infinity
mkdir -p {STATE}/others-staging/staging && echo '{{}}' >{STATE}/others-staging/staging/serving.json
"""


def everything(stage: SmallStage) -> str:
    found = stage.host.run("sh", "-c", EVERYTHING, user="deploy")
    assert found.ok, found.stderr
    return found.stdout


def there(stage: SmallStage, *words: str) -> str:
    """What Docker at the host says."""
    return stage.host.run("docker", *words, user="deploy").stdout.strip()


def project_of(stage: SmallStage) -> str:
    from stagekit.cli.place import open_place

    return open_place(stage.folder, stage=stage.name).project


@pytest.fixture(scope="module")
def before(small_stage: SmallStage) -> str:
    """What is at the host before anything was promoted: other people's things."""
    script = OTHERS.replace("PROJECT", project_of(small_stage))
    done = small_stage.host.run("sh", "-c", script, user="deploy")
    assert done.ok, done.stderr
    return everything(small_stage)


@pytest.fixture(scope="module")
def served(before: str, small_stage: SmallStage) -> SmallStage:
    """The stage, promoted, with a worker that the engine would start again after every boot."""
    worker = "    restart: unless-stopped\n    command: [python, /app.py, worker]\n"
    small_stage.edit(worker, worker.replace("unless-stopped", "always"), file="compose.yaml")
    small_stage.commit("a stubborn worker")
    done = small_stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    return small_stage


def ours(stage: SmallStage) -> dict[str, str]:
    """The stage's containers: state by ID."""
    label = f"label=com.docker.compose.project={project_of(stage)}"
    listed = there(stage, "ps", "--all", "--no-trunc", "--filter", label, "--format", "{{.ID}} {{.State}}")
    return dict(line.split() for line in listed.splitlines())


def test_others_cannot_put_a_stage_to_sleep_that_somebody_holds(served: SmallStage) -> None:
    assert served.there("claim", "demo", "2h", env={**os.environ, "LOGNAME": "ana"}).returncode == 0
    for verb in (["stop"], ["start"], ["destroy", "--confirm", served.name]):
        refused = served.there(*verb, env={**os.environ, "LOGNAME": "ben"})
        assert refused.returncode == 1 and "[stage-claimed]" in refused.stderr, verb
    assert served.there("claim", "--release", env={**os.environ, "LOGNAME": "ana"}).returncode == 0
    assert served.page() == "one small"


@pytest.fixture(scope="module")
def asleep(served: SmallStage) -> dict[str, str]:
    """The containers as they were when the stage was put to sleep: state by ID."""
    found = ours(served)
    assert served.there("exec", "web", "sh", "-c", "echo kept >/tmp/kept").returncode == 0
    done = served.there("stop")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"^rehearsal: asleep, 3 containers stopped, its data is kept .*--stage rehearsal`$", done.stdout, re.M
    )
    return found


def test_a_stage_that_sleeps_runs_nothing_and_says_so(asleep: dict[str, str], served: SmallStage) -> None:
    assert set(ours(served)) == set(asleep) and "running" not in ours(served).values()
    status = served.there("status")
    assert status.returncode == 1 and status.stdout.startswith("rehearsal: asleep, "), status.stdout
    assert "its data is kept" in status.stdout and "next: wake it: stagekit start --stage rehearsal" in status.stdout
    assert json.loads(served.there("status", "--json").stdout)["hosted"]["asleep"]["by"]
    assert served.there("stop").stdout.startswith("rehearsal: asleep already")


@pytest.mark.parametrize("words", [("plan",), ("promote", "--yes"), ("rollback", "--yes")])
def test_a_stage_that_sleeps_is_not_switched(
    asleep: dict[str, str], served: SmallStage, words: tuple[str, ...]
) -> None:
    refused = served.there(*words)
    assert refused.returncode == 1 and "[stage-asleep]" in refused.stderr, refused.stderr
    assert "running" not in ours(served).values()


def test_it_stays_asleep_when_its_host_boots(asleep: dict[str, str], served: SmallStage, engine: Engine) -> None:
    listed = subprocess.run(
        [engine.docker, "ps", "--format", "{{.Names}}"], env=engine.env, capture_output=True, text=True
    )
    machine = next(name for name in listed.stdout.split() if name.startswith(_machine(served)))
    subprocess.run([engine.docker, "restart", machine], env=engine.env, capture_output=True, check=True)
    wait_until(lambda: _is_up(served), "the host is up, and other people's container runs again")
    assert set(ours(served)) == set(asleep) and "running" not in ours(served).values()


def test_it_wakes_as_it_was(asleep: dict[str, str], served: SmallStage) -> None:
    ran_once = _ran_once(served)
    done = served.there("start")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rehearsal: awake, 3 containers ready in " in done.stdout
    assert ours(served) == asleep, "the same containers, in the same state"
    assert served.page() == "one small"
    assert served.there("exec", "web", "cat", "/tmp/kept").stdout == "kept\n"
    assert served.there("status").returncode == 0
    assert _ran_once(served) == ran_once, "what runs once is not run again"
    worker = there(served, "ps", "--quiet", "--filter", "label=com.docker.compose.service=worker")
    assert there(served, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", worker) == "always"
    assert served.there("start").stdout.strip() == "rehearsal: awake already"
    assert "nothing to do" in served.there("promote", "--yes").stdout, "and a promotion finds nothing changed"


def test_what_was_asked_before_it_sleeps_is_answered_and_awake_it_loses_nothing(served: SmallStage) -> None:
    slept, woken = Tally(), Tally()
    with Load(served.port, served.authority, ["/"], slow="/slow", gentle=True) as load:
        before = load.calm()
        with load.measured(slept):
            assert served.there("stop").returncode == 0
        assert served.there("start").returncode == 0
        with load.measured(woken):
            wait_until(lambda: woken.requests >= 2000 or not load.goes_on(), "as many requests again")
    assert before.failed == 0 and before.requests >= 1000, before.failures
    # Who comes to a stage that sleeps finds nobody. What it had taken on is answered, and nobody gets half of it.
    assert slept.failures and sum(slept.broken.values()) == 0, slept.broken
    assert woken.failed == 0 and woken.requests >= 2000, woken.failures
    assert set(slept.answered) == {200} and set(woken.answered) == {200}, (slept.answered, woken.answered)
    # Between the two the edge may be there before what is behind it, and says so.
    assert set(load.tally.answered) <= {200, 503}, load.tally.answered
    assert served.page() == "one small" and served.there("exec", "web", "cat", "/tmp/kept").stdout == "kept\n"


def test_a_stop_that_was_cut_off_is_woken_or_finished(served: SmallStage) -> None:
    with begun(served, "stop") as process:
        wait_until(lambda: "asleep.json" in everything(served), "it has begun")
        process.kill()
        process.wait()
    finished = served.there("stop")
    assert finished.returncode == 0 and "running" not in ours(served).values(), finished.stderr
    assert served.there("start").returncode == 0
    assert served.page() == "one small" and served.there("status").returncode == 0


def test_a_port_is_brought_here_and_follows_the_service_through_a_promotion(served: SmallStage) -> None:
    unsure = served.there("proxy", "web")
    assert unsure.returncode == 2 and "which port of web?" in unsure.stderr
    nobody = served.there("proxy", "nobody:1")
    assert nobody.returncode == 1 and "what runs" in nobody.stderr and "worker" in nobody.stderr
    with begun(served, "proxy", "web:8000") as process:
        assert process.stdout
        said = process.stdout.readline()
        found = re.fullmatch(r"rehearsal: web:8000 is at (127\.0\.0\.1:\d+); \^C ends it\n", said)
        assert found, said
        where = f"http://{found.group(1)}"
        assert get(where, "/")[1] == "one small\n"
        served.edit('VERSION = "one"', 'VERSION = "two"')
        served.commit("two")
        assert served.promote().returncode == 0
        assert re.match(r"web is \S+-web-\d+ now", process.stdout.readline())
        assert get(where, "/")[1] == "two small\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert get(where, "/")[0] == 0


def test_a_stage_is_not_destroyed_without_its_name(before: str, served: SmallStage) -> None:
    was = everything(served)
    refused = served.there("destroy", "--confirm", "staging")
    assert refused.returncode == 1 and "[destroy-unconfirmed]" in refused.stderr
    assert f"{project_of(served)}_edge" in refused.stdout, "what would be lost is named"
    assert everything(served) == was


def test_a_stage_that_is_destroyed_leaves_nothing_and_touches_nobody(before: str, served: SmallStage) -> None:
    done = served.there("destroy", "--confirm", served.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(
        r"rehearsal: destroyed: 5 containers, 1 network, 1 volume, \d images, and its records", done.stdout
    )
    assert everything(served) == before
    again = served.there("destroy")
    assert again.returncode == 0 and again.stdout.strip() == "rehearsal: nothing of it is there"
    assert everything(served) == before


def test_it_can_be_promoted_anew(before: str, served: SmallStage) -> None:
    done = served.promote()
    assert done.returncode == 0 and "serves as release 1" in done.stdout, done.stdout + done.stderr
    assert served.page() == "two small"


def _ran_once(stage: SmallStage) -> str:
    once = there(stage, "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.service=once")
    return there(stage, "inspect", "--format", "{{.State.StartedAt}}", once)


def _machine(stage: SmallStage) -> str:
    from stagekit.cli.place import open_place

    return f"{open_place(stage.folder).project}-rehearsal-main"


def _is_up(stage: SmallStage) -> bool:
    from stagekit.errors import HostError

    try:
        return "others" in there(stage, "ps", "--format", "{{.Names}}")
    except HostError:
        return False


@contextmanager
def begun(stage: SmallStage, verb: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A verb on the stage at the host, under way."""
    call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(stage.folder), verb]
    process = subprocess.Popen(
        [*call, "--stage", stage.name, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
