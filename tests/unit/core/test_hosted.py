from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from core_fakes import container, model, seen, service, settled

from stagekit.cli.schema import schema_of
from stagekit.compose import Block, Model
from stagekit.doors.checkout import Checkout
from stagekit.report.ages import ago
from stagekit.report.hosted import hosted_text
from stagekit.report.status import ClaimStatus, HostedStatus, SwitchStatus, status_of
from stagekit.stage import Address, Container, judge

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADDRESS = Address("https", "staging.example.test", 443)
SWITCH = SwitchStatus(to="d4e5f6a", step="Drain", by="ben", at="2026-11-24T08:59:30Z", cut_off=False)


def product() -> Model:
    block = Block.model_validate({"version": 1, "names": {"app": {"service": "web", "title": "shop"}}})
    return model(service("web"), block=block)


def known(**more: Any) -> HostedStatus:
    given = {"number": 3, "by": "ana", "at": "2026-11-24T07:00:00Z", "behind": 3, "branch": "develop"}
    return HostedStatus.model_validate({**given, "switch": None, "claim": None, **more})


def text_of(*containers: Container, **more: Any) -> list[str]:
    states = judge(product(), seen(*(containers or (container("web"),))))
    return hosted_text("staging", "a1b2c3d", known(**more), product(), states, ADDRESS, [], NOW).splitlines()


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2026-11-24T08:59:30Z", "just now"),
        ("2026-11-24T09:03:00Z", "just now"),
        ("2026-11-24T08:55:00Z", "5 min ago"),
        ("2026-11-24T07:00:00Z", "2 h ago"),
        ("2026-11-23T07:00:00Z", "26 h ago"),
        ("2026-11-20T07:00:00Z", "4 days ago"),
        ("last week", "last week"),
    ],
)
def test_an_age_is_in_words(when: str, words: str) -> None:
    assert ago(when, NOW) == words


def test_a_hosted_stage_begins_with_what_serves_and_how_far_behind_it_is() -> None:
    first = text_of()[0]
    assert first == (
        "staging: healthy, a1b2c3d by ana 2 h ago, 3 commits behind develop, https://app.staging.example.test"
    )


@pytest.mark.parametrize(("behind", "part"), [(1, "1 commit behind develop"), (0, ""), (None, "")])
def test_what_is_not_behind_or_not_known_is_left_out(behind: int | None, part: str) -> None:
    first = text_of(behind=behind)[0]
    assert part in first and ("behind" in first) == bool(part)


def test_a_switch_under_way_is_told_with_who_and_where_it_is() -> None:
    assert text_of(switch=SWITCH)[1] == "a switch to d4e5f6a by ben is under way, at Drain, just now"


def test_a_switch_that_was_cut_off_says_what_heals_it() -> None:
    told = text_of(switch=SWITCH.model_copy(update={"cut_off": True}))
    assert told[1] == "a switch to d4e5f6a by ben was cut off, at Drain, just now"
    assert told[-1].startswith("next: the next command heals it: stagekit promote --stage staging")


def test_a_claim_is_told() -> None:
    told = text_of(claim=ClaimStatus(by="ana", why="demo", until=1_795_514_400))
    assert told[1] == "claimed by ana for demo, until 2026-11-24 10:00 UTC"


def test_a_first_promotion_under_way_is_no_release_yet() -> None:
    assert text_of(number=0, switch=SWITCH)[0].startswith("staging: healthy, no release yet, a1b2c3d on its way")


def test_a_sick_service_says_what_to_type_for_this_stage() -> None:
    told = text_of(container("web", health="unhealthy"))
    assert told[-1].startswith("next: `stagekit logs --stage staging SERVICE`")


def test_the_json_of_a_hosted_stage_has_the_published_form_and_the_recorded_identities() -> None:
    observation, _ = settled(product())
    image = product().services["web"].image
    found = status_of(
        "staging",
        "a1b2c3d",
        product(),
        observation,
        judge(product(), observation),
        ADDRESS,
        [],
        hosted=known(switch=SWITCH),
        identities={image: "sha256:recorded"},
    )
    document = json.loads(found.model_dump_json())
    jsonschema.validate(document, schema_of("status"))
    assert document["services"][0]["identity"] == "sha256:recorded"
    assert document["hosted"]["switch"]["cut_off"] is False


@pytest.fixture
def repository(tmp_path: Path) -> Checkout:
    """Three commits on develop."""
    _git(tmp_path, "init", "--quiet", "--initial-branch", "develop")
    for _ in range(3):
        _git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "one more")
    return Checkout(tmp_path)


def test_commits_are_counted_to_develop_where_origin_is_not_known(repository: Checkout) -> None:
    first = _git(repository.directory, "rev-parse", "--short=7", "HEAD~2")
    assert repository.behind(first) == (2, "develop")


def test_the_default_branch_of_origin_goes_before_develop(repository: Checkout, tmp_path: Path) -> None:
    _git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    _git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    first = _git(tmp_path, "rev-parse", "--short=7", "HEAD~2")
    assert repository.behind(first) == (1, "main")


@pytest.mark.parametrize("revision", ["", "0123456", "--all", "develop"])
def test_a_revision_that_is_not_known_here_is_behind_nothing(repository: Checkout, revision: str) -> None:
    assert repository.behind(revision) == (0, "")


def test_a_repository_without_such_a_branch_knows_nothing(repository: Checkout, tmp_path: Path) -> None:
    _git(tmp_path, "branch", "--move", "trunk")
    assert repository.behind(_git(tmp_path, "rev-parse", "--short=7", "HEAD~2")) == (0, "")


def _git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.test", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
