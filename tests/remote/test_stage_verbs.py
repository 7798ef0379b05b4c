"""The verbs of a stage at its host: promoted for real, looked at, held, gone back on. In order: each goes on from the
one before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.remote.promote_fixtures import SmallStage
from tests.support.drop_ins import wait_until

pytestmark = pytest.mark.engine

STATE = "~/.local/state/stagekit/*/rehearsal"
EVERYTHING = f"cd {STATE} && find . -type f -exec sha256sum {{}} + | sort; docker images --no-trunc -q | sort -u"
HOOKS = """\
  hooks:
    before_deliver: [sh, hook.sh]
    before_switch: [sh, hook.sh]
    after_switch: [sh, hook.sh]
    after_rollback: [sh, hook.sh]
  smoke:
"""
HOOK = """\
cat >"told.$STAGEKIT_HOOK"
[ ! -e "refuse.$STAGEKIT_HOOK" ] || { echo 'not on Fridays'; exit 1; }
"""
TEST = (
    "def test_it(stage):\n    with stage.http('app') as http:\n        assert http.get('/ready').status_code == 200\n"
)


@pytest.fixture(scope="module")
def first(small_stage: SmallStage) -> str:
    """What the first promotion said."""
    small_stage.edit("  smoke:\n", HOOKS, file="compose.yaml")
    (small_stage.folder / "hook.sh").write_text(HOOK)
    small_stage.edit(".env*\n", ".env*\ntold.*\nrefuse.*\n", file=".gitignore")
    small_stage.commit("with hooks")
    nothing = small_stage.there("status")
    assert nothing.returncode == 1 and "[release-none]" in nothing.stderr
    done = small_stage.there("promote", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_promotion_ends_with_the_addresses_and_what_to_type_next(first: str, small_stage: SmallStage) -> None:
    head, _, ending = first.partition(" serves as release 1. ")
    assert head.endswith(small_stage.git("rev-parse", "--short=7", "HEAD"))
    assert f"http://{small_stage.authority}" in ending
    assert ending.rstrip().endswith("go back with `stagekit rollback --stage rehearsal`")


@pytest.mark.parametrize("words", [("plan",), ("promote", "--yes")])
def test_nothing_to_do_is_one_line_that_names_what_serves(
    first: str, small_stage: SmallStage, words: tuple[str, ...]
) -> None:
    serving = small_stage.git("rev-parse", "--short=7", "HEAD")
    done = small_stage.there(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"rehearsal: {serving} serves, nothing to do"


def test_a_plan_tells_what_would_move_and_why_and_changes_nothing_at_the_host(
    first: str, small_stage: SmallStage
) -> None:
    before = small_stage.host.run("sh", "-c", EVERYTHING, user="deploy").stdout
    small_stage.edit('VERSION = "one"', 'VERSION = "two"')
    small_stage.commit("two")
    small_stage.build()
    done = small_stage.there("plan")
    assert done.returncode == 0, done.stderr
    assert "web          beside the old one, because its image changed: code layer only, " in done.stdout
    assert "no downtime expected" in done.stdout and "no test has passed on these images" in done.stdout
    found = json.loads(small_stage.there("plan", "--json").stdout)
    (moving,) = found["deliver"]
    assert moving["services"] == ["once", "web", "worker"] and moving["missing"] == 1 and moving["bytes"] < 10_000
    assert small_stage.host.run("sh", "-c", EVERYTHING, user="deploy").stdout == before


def test_a_promotion_shows_that_plan_and_tells_its_hooks(first: str, small_stage: SmallStage) -> None:
    planned = small_stage.there("plan").stdout.partition("\n")[2]
    done = small_stage.there("promote", "--yes")
    assert done.returncode == 0 and planned in done.stdout, done.stdout + done.stderr
    assert small_stage.page().startswith("two")
    told = {
        name: json.loads((small_stage.folder / f"told.{name}").read_text())
        for name in ("before_deliver", "after_switch")
    }
    assert told["before_deliver"]["number"] == told["after_switch"]["number"] == 2
    assert told["after_switch"]["course"]["requests"] > 0
    assert "nothing to do" in small_stage.there("plan").stdout, "what was started alone is known again"


def test_what_is_shown_is_what_runs_there_whatever_the_checkout_has(first: str, small_stage: SmallStage) -> None:
    small_stage.commit("one more")
    serving = small_stage.git("rev-parse", "--short=7", "HEAD~1")
    with broken_files(small_stage):
        status = small_stage.there("status")
        assert status.returncode == 0, status.stderr
        assert status.stdout.startswith(f"rehearsal: healthy, {serving} by ")
        assert f", 1 commit behind develop, http://{small_stage.authority}\n" in status.stdout
        found = json.loads(small_stage.there("status", "--json").stdout)
        assert found["hosted"]["number"] == 2 and found["hosted"]["behind"] == 1
        assert all(service["identity"] for service in found["services"])
        where = small_stage.there("exec", "web", "sh", "-c", "echo $NAME; hostname").stdout.split()
        assert where[0] == "small" and where[1] in small_stage.host.run("docker", "ps").stdout
        assert small_stage.there("exec", "web", "sh", "-c", "exit 7").returncode == 7
        assert small_stage.there("open", "--print").stdout.strip() == f"http://{small_stage.authority}"
        assert "edge-1" in small_stage.there("logs", "--tail", "2", "edge").stdout
        refused = small_stage.there("logs", "nobody")
        assert refused.returncode == 2 and "edge, edge-files, once, web, worker" in refused.stderr


@pytest.mark.parametrize("verb", [["logs", "--follow", "edge"], ["status", "--watch"]])
def test_what_goes_on_ends_with_the_person(first: str, small_stage: SmallStage, verb: list[str]) -> None:
    with begun(small_stage, *verb) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (130, 0)


def test_a_rollback_tells_its_own_requests_and_its_hook(first: str, small_stage: SmallStage) -> None:
    back = small_stage.there("rollback", "--yes")
    assert back.returncode == 0 and small_stage.page().startswith("one"), back.stdout + back.stderr
    # Its smoke checks were asked through the edge: at least those are its own.
    line = next(line for line in back.stdout.splitlines() if " serves as release 1. " in line)
    assert line.endswith("requests during the switch, 0 failed.") and "; 0 requests" not in line
    assert json.loads((small_stage.folder / "told.after_rollback").read_text())["number"] == 1


def test_a_hook_that_refuses_keeps_what_serves(first: str, small_stage: SmallStage) -> None:
    (small_stage.folder / "refuse.before_switch").touch()
    try:
        done = small_stage.there("promote", "--yes")
    finally:
        (small_stage.folder / "refuse.before_switch").unlink()
    assert done.returncode == 1 and "[hook-failed]" in done.stderr and "not on Fridays" in done.stderr
    assert small_stage.page().startswith("one")


@pytest.mark.parametrize("words", [("plan",), ("promote", "--yes")])
def test_what_only_the_rendered_definition_shows_is_refused_and_nothing_reaches_the_host(
    first: str, small_stage: SmallStage, words: tuple[str, ...]
) -> None:
    everything = f"{EVERYTHING}; docker ps --all --no-trunc --quiet"
    before = small_stage.host.run("sh", "-c", everything, user="deploy").stdout
    harmless, harmful = (
        'NAME: "${NAME:-small}"',
        'NAME: "${NAME:-small}", SMTP_HOST: mx.shop.example, KEY: sk_live_abcdefgh',
    )
    small_stage.edit(harmless, harmful, file="compose.yaml")
    small_stage.commit("harmful")
    try:
        refused = small_stage.there(*words)
    finally:
        small_stage.edit(harmful, harmless, file="compose.yaml")
        small_stage.commit("harmless")
    assert refused.returncode == 1 and refused.stderr.rstrip().endswith("[guard]"), refused.stderr
    assert "SMTP_HOST of once, web and worker" in refused.stderr, refused.stderr
    assert "KEY of once, web and worker holds a live Stripe key" in refused.stderr, refused.stderr
    assert "mx.shop" not in refused.stderr and "abcdefgh" not in refused.stderr
    assert small_stage.host.run("sh", "-c", everything, user="deploy").stdout == before


def test_a_way_back_does_not_depend_on_the_settings_of_who_goes_back(first: str, small_stage: SmallStage) -> None:
    environ = {**os.environ, "STRIPE_SECRET_KEY": "sk_live_abcdefgh"}
    assert "[live-stripe-key]" in small_stage.there("plan", env=environ).stderr
    assert "[release-unknown]" in small_stage.there("rollback", "99", env=environ).stderr


def test_others_are_refused_while_a_claim_lasts_and_its_owner_is_not(first: str, small_stage: SmallStage) -> None:
    as_ben = {**os.environ, "LOGNAME": "ben"}
    assert small_stage.there("claim").stdout.strip() == "rehearsal: nobody holds it"
    assert small_stage.there("claim", "demo", "2h", env={**os.environ, "LOGNAME": "ana"}).returncode == 0
    for words in (("promote", "--yes"), ("rollback", "2", "--yes"), ("claim", "--release")):
        refused = small_stage.there(*words, env=as_ben)
        assert refused.returncode == 1 and "[stage-claimed]" in refused.stderr, words
        assert "claimed by ana for demo, until 20" in refused.stderr
    assert "claimed by ana for demo" in small_stage.there("status").stdout
    assert small_stage.page().startswith("one")
    done = small_stage.there("promote", "--yes", env={**os.environ, "LOGNAME": "ana"})
    assert done.returncode == 0 and small_stage.page().startswith("two"), done.stdout + done.stderr


def test_of_two_who_claim_in_the_same_instant_one_has_it_and_the_other_is_told(
    first: str, small_stage: SmallStage
) -> None:
    waiting = f'cd {STATE} && grep -c -- "-> FLOCK .*:$(stat -c %i claim.lock) " /proc/locks'
    assert small_stage.there("claim", "--release", "--force").returncode == 0
    with ExitStack() as stack:
        door = stack.enter_context(small_stage.host.connect())
        held = door.start(["sh", "-c", f"cd {STATE} && flock claim.lock sh -c 'echo held; cat'"])
        assert held.stdout.readline() == b"held\n"
        both = [stack.enter_context(begun(small_stage, "claim", f"of {who}", "1h", who=who)) for who in ("ana", "ben")]
        wait_until(lambda: door.run(["sh", "-c", waiting]).stdout.strip() == "2", "both are about to claim")
        held.finish()
        said = {
            who: (process.communicate(timeout=30)[0], process.returncode)
            for who, process in zip(("ana", "ben"), both, strict=True)
        }
    winner, loser = sorted(said, key=lambda who: said[who][1])
    assert [said[who][1] for who in (winner, loser)] == [0, 1], said
    assert f"claimed by {winner} for of {winner}" in said[loser][0] and "[stage-claimed]" in said[loser][0]
    assert f"claimed by {winner} for of {winner}" in small_stage.there("claim").stdout


def test_a_claim_that_is_over_by_the_hosts_clock_holds_nobody_up(first: str, small_stage: SmallStage) -> None:
    over = f'cd {STATE} && now=$(date +%s) && sed -i "s/\\"until\\":[0-9]*/\\"until\\":$now/" claim.json'
    assert small_stage.host.run("sh", "-c", over, user="deploy").ok
    assert small_stage.there("claim").stdout.strip() == "rehearsal: nobody holds it"
    done = small_stage.there("promote", "--yes", env={**os.environ, "LOGNAME": "ben"})
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stderr


def test_tests_that_passed_there_are_evidence_for_the_next_release_of_the_same_images(
    first: str, small_stage: SmallStage
) -> None:
    (small_stage.folder / "test_page.py").write_text(TEST)
    call = [sys.executable, "-m", "pytest", "-q", "--rootdir=.", "--stage=rehearsal", "test_page.py"]
    ran = subprocess.run(call, cwd=small_stage.folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "evidence: .stagekit/evidence/" in ran.stdout, ran.stdout + ran.stderr
    with (small_stage.folder / ".env.rehearsal").open("a") as settings:
        settings.write("NAME=other\n")
    small_stage.commit("tested")
    assert "1 test passed on these images" in small_stage.there("plan").stdout
    done = small_stage.there("promote", "--yes")
    assert done.returncode == 0 and "0 of" not in done.stdout, done.stderr
    number = json.loads(small_stage.there("status", "--json").stdout)["hosted"]["number"]
    assert "1 test passed on these images, on rehearsal" in small_stage.there("releases", "show", str(number)).stdout


def test_a_switch_is_told_while_it_is_under_way_and_once_it_was_cut_off(first: str, small_stage: SmallStage) -> None:
    serving = small_stage.page()
    small_stage.edit('WRONG = ""', 'WRONG = "never"')
    revision = small_stage.commit("never ready")
    small_stage.build()

    def status() -> str:
        return small_stage.there("status").stdout

    with begun(small_stage, "promote", "--yes") as process:
        wait_until(lambda: "is under way, at StartBeside" in status(), "it is under way")
        assert f"a switch to {revision} by " in status()
        process.kill()
        process.wait()
    wait_until(lambda: "was cut off, at StartBeside" in status(), "it was cut off")
    assert "next: the next command heals it" in status()
    assert "was cut off: the next promotion heals it first" in small_stage.there("plan").stdout
    small_stage.edit('WRONG = "never"', 'WRONG = ""')
    small_stage.commit("mended")
    healed = small_stage.promote()
    assert healed.returncode == 0 and "was cut off; undoing it" in healed.stdout, healed.stdout + healed.stderr
    assert small_stage.page() == serving and "a switch to" not in status()


def test_a_promotion_that_failed_tells_the_hook_of_the_way_back(first: str, small_stage: SmallStage) -> None:
    serving = json.loads(small_stage.there("status", "--json").stdout)["hosted"]["number"]
    small_stage.edit('WRONG = ""', 'WRONG = "smoke"')
    done = small_stage.promote()
    assert done.returncode == 4, done.stdout + done.stderr
    assert json.loads((small_stage.folder / "told.after_rollback").read_text())["number"] == serving


@contextmanager
def broken_files(stage: SmallStage) -> Iterator[None]:
    """A checkout whose Compose file nobody can read."""
    file = stage.folder / "compose.yaml"
    text = file.read_text()
    file.write_text("services: [\n")
    try:
        yield
    finally:
        file.write_text(text)


@contextmanager
def begun(stage: SmallStage, verb: str, *words: str, who: str = "") -> Iterator[subprocess.Popen[str]]:
    """A verb on the stage at the host, under way. Where it is told who types it, it shows errors, too."""
    call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(stage.folder), verb]
    process = subprocess.Popen(
        [*call, "--stage", stage.name, *words],
        env={**os.environ, **({"LOGNAME": who} if who else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if who else subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
