from __future__ import annotations

import pytest

from stagekit.errors import UsageError
from stagekit.hosts.keys import holds, keys_in, parse_key, without_key

ANA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK8cP/Vm7loYSGXPnqGgyTE6KbLzCqBcOiUXb1Rhzu0C ana@laptop"
BEN = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY= ben"
LIMITED = f'restrict,command="echo ssh-rsa hello" {BEN}'


def test_a_public_key_has_the_fingerprint_that_ssh_keygen_shows() -> None:
    assert str(parse_key(ANA, "ana.pub")) == "SHA256:7E26TdZiScb1eDa4PBYjDYUYYG/WcQskRpZ/MU+a9mQ (ana@laptop)"


@pytest.mark.parametrize("text", ["", "# nothing\n", "ssh-ed25519\n", "ssh-ed25519 not!base64\n", f"{ANA}\n{BEN}\n"])
def test_a_file_without_exactly_one_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_key(text, "ana.pub")


def test_a_private_key_is_refused_and_never_shown() -> None:
    with pytest.raises(UsageError) as refused:
        parse_key("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n", "ana")
    assert refused.value.next.endswith("ana.pub") and "b3Bl" not in refused.value.what


def test_a_key_is_found_behind_its_options_and_whatever_its_comment() -> None:
    assert holds(f"# us\n{LIMITED}\n", parse_key(BEN.replace(" ben", ""), "ben.pub"))
    assert not holds(f"# {BEN}\n", parse_key(BEN, "ben.pub"))


def test_only_the_named_key_goes() -> None:
    text = f"# the team\n{ANA}\n{LIMITED}\n"
    assert without_key(text, parse_key(BEN, "ben.pub")) == f"# the team\n{ANA}\n"
    assert keys_in(without_key(without_key(text, parse_key(BEN, "")), parse_key(ANA, ""))) == ()


def test_removing_a_key_that_is_not_there_changes_nothing() -> None:
    assert without_key(f"{ANA}\n", parse_key(BEN, "ben.pub")) == f"{ANA}\n"
