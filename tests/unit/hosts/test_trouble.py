from __future__ import annotations

from pathlib import Path

import pytest

from stagekit.hosts import Target, explain
from stagekit.hosts.trouble import ADVICE, which
from stagekit.report.error import error_text

# One file a case, as OpenSSH's client wrote it; its name begins with the hop that failed.
CASES = sorted((Path(__file__).parents[2] / "cases" / "ssh").glob("*--*.txt"))
STAGING = Target("staging.example.test", "deploy", 2222)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_recorded_failure_says_which_hop_it_was(case: Path) -> None:
    assert which(case.read_text(encoding="utf-8")) == case.name.partition("--")[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_the_client_said_is_shown_and_its_frames_are_not(case: Path) -> None:
    error = explain(STAGING, case.read_text(encoding="utf-8"))
    shown = [text for _, text in error.evidence]
    assert 1 <= len(shown) <= 3
    assert all(text.strip("@ ") for text in shown)


def test_every_kind_of_hop_that_has_a_text_has_a_case() -> None:
    known_without_text = {"program", "permission", "engine", "engine-lost", "lost", "unknown"}
    assert {case.name.partition("--")[0] for case in CASES} == ADVICE.keys() - known_without_text


@pytest.mark.parametrize("hop", ADVICE)
def test_every_advice_names_the_host_or_this_machine_and_says_what_to_do(hop: str) -> None:
    error = explain(STAGING, "", hop=hop)  # type: ignore[arg-type]  # every key is one
    text = error_text(error)
    assert "{" not in text
    assert "staging.example.test" in error.what or "this machine" in error.what
    assert error.exit_code == 1 and error.slug.startswith("host")


def test_words_that_nobody_knows_are_shown_with_the_way_to_try_it_by_hand() -> None:
    error = explain(STAGING, "Something new\n")
    assert error.evidence == (("ssh", "Something new"),)
    assert error.next == "try it by hand: ssh -p 2222 deploy@staging.example.test"


def test_the_command_that_forgets_a_changed_key_names_the_port() -> None:
    assert "ssh-keygen -R '[staging.example.test]:2222'" in explain(STAGING, "", hop="host-key").next
    assert "ssh-keygen -R staging.example.test" in explain(Target("staging.example.test"), "", hop="host-key").next
