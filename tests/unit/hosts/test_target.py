from __future__ import annotations

import pytest

from stagekit.errors import UsageError
from stagekit.hosts import Target, parse_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ssh://deploy@staging.example.test", Target("staging.example.test", "deploy")),
        ("ssh://deploy@staging.example.test:2222/", Target("staging.example.test", "deploy", 2222)),
        ("ssh://staging", Target("staging")),
        ("ssh://deploy@192.0.2.7", Target("192.0.2.7", "deploy")),
        ("ssh://deploy@[2001:db8::7]:22", Target("2001:db8::7", "deploy", 22)),
        ("  ssh://my-user.name@host_1  ", Target("host_1", "my-user.name")),
    ],
)
def test_an_address_is_read_and_written_as_it_was(text: str, target: Target) -> None:
    assert parse_target(text) == target
    assert parse_target(str(target)) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "staging.example.test",
        "deploy@staging",
        "http://staging",
        "ssh://",
        "ssh://deploy@",
        "ssh://-oProxyCommand=reboot",
        "ssh://-deploy@staging",
        "ssh://deploy@staging:0",
        "ssh://deploy@staging:65536",
        "ssh://deploy@staging:port",
        "ssh://deploy@staging/path",
        "ssh://deploy@staging host",
        "ssh://deploy@sta$(id)ging",
        "ssh://deploy@staging\nssh://other",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_target(text)
    assert "ssh://user@host" in refused.value.next


def test_a_password_in_an_address_is_refused_and_never_shown() -> None:
    with pytest.raises(UsageError) as refused:
        parse_target("ssh://deploy:hunter2@staging")
    assert "hunter2" not in f"{refused.value.what}{refused.value.next}"


def test_a_name_is_never_taken_for_an_option() -> None:
    assert Target("staging", "deploy", 2222).words() == ["-l", "deploy", "-p", "2222", "--", "staging"]


def test_what_the_person_configured_is_left_to_their_configuration() -> None:
    assert Target("staging").words() == ["--", "staging"]


def test_the_command_to_log_in_by_hand_is_what_one_would_type() -> None:
    assert Target("staging", "deploy", 2222).login() == ["ssh", "-p", "2222", "deploy@staging"]
