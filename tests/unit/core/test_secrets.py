from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagekit.compose.block import StageSecret
from stagekit.errors import HostError, SecretError
from stagekit.release.definition import released, with_secret
from stagekit.secret import Secret
from stagekit.secrets import Version, Versions, Wanted, read_versions, wanted
from stagekit.secrets.exposed import refuse_exposed
from stagekit.secrets.held import Held, checked, other_values
from stagekit.secrets.mounts import refuse_old
from stagekit.secrets.numbers import Pick, lacking, numbers, pick
from stagekit.secrets.store import generated
from stagekit.secrets.versions import fingerprint

GRANTED = {"image": "shop/backend", "secrets": [{"source": "key"}, {"source": "db", "target": "db.txt"}]}
SECRETS = {"key": {"external": True}, "db": {"file": "/home/ana/db.txt"}, "ca": {"file": "/ca.pem"}}


def rendered(services: Mapping[str, Any], **more: Any) -> str:
    return json.dumps({"name": "shop", "services": services, "secrets": SECRETS, **more})


def made(secrets: Mapping[str, Pick]) -> str:
    return released(rendered({"backend": GRANTED}), {"backend": "b:1"}, secrets=secrets)


def version(number: int, print_: str = "aa", **more: Any) -> Version:
    return Version(number=number, fingerprint=print_, at="2026-11-24T07:00:00Z", by="ana", made="given", **more)


def held(*found: Wanted, environ: Mapping[str, str] | None = None, **more: Any) -> Held:
    given = {"file": {}, "file_name": ".secrets.staging", "read": lambda name: None, "run": lambda one: "printed\n"}
    return Held(found, environ or {}, **{**given, **more})


# --- what a definition grants, and how it reaches a container


def test_the_secrets_of_a_definition_are_those_that_services_are_granted() -> None:
    block = {"version": 1, "secrets": {"key": {"generate": True}}}
    found = wanted(rendered({"backend": GRANTED, "page": {}}, **{"x-stagekit": block}))
    assert [(one.name, one.services, one.rule.generate, one.file) for one in found] == [
        ("db", ("backend",), False, "/home/ana/db.txt"),
        ("key", ("backend",), True, ""),
    ]


def test_a_grant_becomes_one_file_of_a_read_only_volume_of_its_version() -> None:
    model = json.loads(
        released(rendered({"backend": GRANTED}), {"backend": "b:1"}, secrets={"key": Pick(3), "db": Pick(1)})
    )
    mounts = model["services"]["backend"]["volumes"]
    assert [(m["source"], m["target"], m["read_only"], m["volume"]["subpath"]) for m in mounts] == [
        ("secret-key-3", "/run/secrets/key", True, "value"),
        ("secret-db-1", "/run/secrets/db.txt", True, "value"),
    ]
    assert model["volumes"]["secret-key-3"] == {"external": True, "name": "shop-secret-key-3"}
    assert "secrets" not in model and "/home/ana" not in json.dumps(model)


def test_a_definition_with_another_version_is_the_one_that_a_promotion_would_make() -> None:
    made = [
        released(rendered({"backend": GRANTED}), {"backend": "b:1"}, secrets={"key": Pick(n), "db": Pick(1)})
        for n in (1, 2)
    ]
    assert with_secret(made[0], "key", Pick(1), Pick(2)) == made[1]


@pytest.mark.parametrize(("engine", "fine"), [("26.1.5+dfsg1", True), ("29.0.1", True), ("25.0.3", False), ("", False)])
def test_an_engine_that_cannot_mount_one_file_is_refused(engine: str, fine: bool) -> None:
    if fine:
        refuse_old(engine)
    else:
        with pytest.raises(HostError) as caught:
            refuse_old(engine)
        assert caught.value.slug == "host-engine-old"


# --- versions


def test_a_release_gets_the_newest_version_that_is_not_revoked() -> None:
    known = Versions(secrets={"key": (version(1), version(2), version(3, revoked=True))})
    assert numbers([Wanted("key", ("backend",))], known, (), {}) == {"key": Pick(2)}
    assert known.next_number("key") == 4


def test_the_first_version_is_generated_or_held() -> None:
    generated_one = Wanted("made", ("backend",), StageSecret(generate=True))
    assert numbers([generated_one, Wanted("mine", ("backend",))], Versions(), {"mine"}, {}) == {
        "made": Pick(1),
        "mine": Pick(1),
    }


def test_a_value_that_nobody_has_is_refused_with_who_needs_it_and_what_it_is() -> None:
    one = Wanted("key", ("backend", "worker"), StageSecret(about="the key of a test account"))
    with pytest.raises(SecretError) as caught:
        numbers([one], Versions(), (), {})
    assert caught.value.slug == "secret-missing"
    assert caught.value.evidence == (("key", "for backend, worker: the key of a test account"),)
    assert "stagekit secrets set key" in caught.value.next


def test_what_a_release_names_and_the_stage_has_not_is_stored_first() -> None:
    known = Versions(secrets={"a": (version(1),)})
    assert lacking({"a": Pick(1), "b": Pick(1)}, known) == ("b",)
    assert lacking({"a": Pick(2)}, known) == ("a",)


def test_a_release_with_a_revoked_secret_cannot_serve_again() -> None:
    known = Versions(secrets={"a": (version(1, revoked=True), version(2))})
    with pytest.raises(SecretError) as caught:
        lacking({"a": Pick(1)}, known)
    assert caught.value.slug == "secret-revoked"


def test_a_record_comes_back_as_it_was_and_holds_no_more_than_it_says() -> None:
    known = Versions().adding("key", version(1)).adding("key", version(2)).revoking("key", frozenset({1}))
    assert read_versions(known.model_dump_json(), "there") == known
    assert [v.revoked for v in known.secrets["key"]] == [True, False]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 1, "secrets": {"a": [{}]}}', '{"later": 1}'])
def test_a_record_that_is_cut_off_or_newer_is_refused(text: str) -> None:
    with pytest.raises(SecretError) as caught:
        read_versions(text, "~/state/secrets.json")
    assert caught.value.slug == "secret-record" and "~/state/secrets.json" in caught.value.what


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_fingerprint_tells_equal_values_and_needs_the_key(one: str, other: str) -> None:
    prints = [fingerprint(b"k" * 32, "name", Secret(value)) for value in (one, other)]
    assert (prints[0] == prints[1]) == (one == other)
    assert fingerprint(b"x" * 32, "name", Secret(one)) != prints[0]
    assert fingerprint(b"k" * 32, "else", Secret(one)) != prints[0]
    assert len(prints[0]) == 12


def test_a_generated_value_begins_as_the_block_says_and_is_never_the_same() -> None:
    one = Wanted("hook", ("backend",), StageSecret(generate=True, prefix="whsec_"))
    values = {generated(one).reveal() for _ in range(50)}
    assert len(values) == 50
    assert all(re.fullmatch("whsec_[A-Za-z0-9]{43}", value) for value in values)


# --- two versions that are valid at once

BOTH = Wanted("hook", ("backend",), StageSecret(overlap=True))
TWO = Versions(secrets={"hook": (version(1), version(2))})


def test_the_version_before_stays_valid_beside_a_new_one_until_it_is_revoked() -> None:
    assert pick(BOTH, 2, TWO, Pick(1)) == Pick(2, 1)
    assert pick(BOTH, 2, TWO, Pick(2, 1)) == Pick(2, 1)
    assert pick(BOTH, 2, TWO.revoking("hook", frozenset({1})), Pick(2, 1)) == Pick(2)
    assert pick(BOTH, 1, TWO, None) == Pick(1)
    assert pick(Wanted("other", ("backend",)), 2, TWO, Pick(1)) == Pick(2)


def test_a_release_with_two_versions_needs_both() -> None:
    assert lacking({"hook": Pick(2, 1)}, TWO) == ()
    with pytest.raises(SecretError):
        lacking({"hook": Pick(2, 1)}, TWO.revoking("hook", frozenset({1})))


def test_the_version_before_is_found_behind_the_path_of_the_secret() -> None:
    services = {"backend": {"image": "b", "secrets": [{"source": "key"}, {"source": "db"}]}}
    makes = [
        released(rendered(services), {"backend": "b:1"}, secrets={"key": pick, "db": Pick(1)})
        for pick in (Pick(1), Pick(2, 1), Pick(3, 2))
    ]
    mounts = json.loads(makes[1])["services"]["backend"]["volumes"]
    assert [(m["source"], m["target"]) for m in mounts] == [
        ("secret-key-2", "/run/secrets/key"),
        ("secret-key-1", "/run/secrets/key.previous"),
        ("secret-db-1", "/run/secrets/db"),
    ]
    assert with_secret(makes[0], "key", Pick(1), Pick(2, 1)) == makes[1]
    assert with_secret(makes[1], "key", Pick(2, 1), Pick(3, 2)) == makes[2]
    assert with_secret(makes[1], "key", Pick(2, 1), Pick(1)) == makes[0]


# --- what somebody holds


def test_a_value_is_looked_for_in_the_environment_then_the_file_then_what_compose_names() -> None:
    one = Wanted("stripe-key", ("backend",), file="/x")
    everywhere: dict[str, Any] = {"file": {"STRIPE_KEY": "in the file"}, "read": lambda name: f"at {name}\n"}
    assert held(one, environ={"STRIPE_KEY": "set"}, **everywhere).value(one) == Secret("set")
    assert held(one, **everywhere).value(one) == Secret("in the file")
    assert held(one, read=everywhere["read"]).value(one) == Secret("at /x")
    assert held(one).value(one) is None


def test_a_command_is_run_only_for_its_value() -> None:
    one = Wanted("key", ("backend",), StageSecret(command="op read op://shop/key"))
    asked: list[str] = []
    found = held(one, run=lambda wanted: asked.append(wanted.name) or "printed\n")
    assert found.at_hand() == {} and found.names() == {"key"} and asked == []
    assert found.value(one) == Secret("printed") and asked == ["key"]


def test_another_value_than_the_stages_is_told() -> None:
    at_hand = {"a": Secret("1"), "b": Secret("2"), "c": Secret("3")}
    assert list(other_values(at_hand, {"a": "1", "b": "x"}, lambda name, value: value.reveal())) == ["b"]


@pytest.mark.parametrize("value", ["", "\n", "a\0b"])
def test_a_value_that_no_program_could_read_is_refused(value: str) -> None:
    with pytest.raises(SecretError) as caught:
        checked("key", value)
    assert caught.value.slug == "secret-value"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_other_text_is_kept_as_it_is(value: str) -> None:
    if value.rstrip("\r\n"):
        assert checked("key", value).reveal() == value.rstrip("\r\n")


# --- where a secret must not stand


def service(**raw: Any) -> str:
    return rendered({"backend": raw})


@pytest.mark.parametrize(
    "raw",
    [
        {"environment": {"DATABASE_PASSWORD": "x"}},
        {"environment": {"STRIPE_SECRET_KEY": "x"}},
        {"environment": {"GITHUB_TOKEN": "x"}},
        {"environment": {"PGPASSWORD": "x"}},
        {"environment": {"webhook_secret": "x"}},
        {"environment": {"DATABASE_URL": "postgresql://app:pass@postgres/app"}},
        {"environment": {"ANY": "whsec_0123456789abcdef"}},
        {"command": ["serve", "--key", "sk_test_0123456789abcdef"]},
        {"healthcheck": {"test": ["CMD", "curl", "http://me:word@127.0.0.1/"]}},
        {"labels": {"key": "-----BEGIN PRIVATE KEY-----"}},
    ],
)
def test_a_secret_in_a_definition_is_refused_and_not_shown(raw: dict[str, Any]) -> None:
    with pytest.raises(SecretError) as caught:
        refuse_exposed(service(**raw))
    told = " ".join([caught.value.what, caught.value.next, *(" ".join(row) for row in caught.value.evidence)])
    assert caught.value.slug == "secret-exposed" and "service backend" in told
    assert not any(value in told for value in ("pass@", "whsec_", "sk_test_", "BEGIN", "word@"))


@pytest.mark.parametrize(
    "raw",
    [
        {"environment": {"DATABASE_PASSWORD": "", "DATABASE_PASSWORD_FILE": "/run/secrets/database"}},
        {"environment": {"DATABASE_URL": "postgresql://app@postgres/app", "TOKENS": "5", "SECRETARY": "ana"}},
        {"environment": {"CSRF_TOKEN": "x"}},
        {"command": ["sh", "-c", "exec serve --url postgresql://app:$PASSWORD@postgres/app"]},
        {"healthcheck": {"test": ["CMD", "wget", "--header", "Authorization: Bearer sk_test_123"]}},
    ],
)
def test_what_only_looks_like_one_is_let_through(raw: dict[str, Any]) -> None:
    refuse_exposed(service(**raw), public=["CSRF_TOKEN"])


def test_a_value_at_hand_is_found_wherever_it_was_interpolated() -> None:
    raw = {"environment": {"HARMLESS": "before-s3cr3t-value-after"}}
    with pytest.raises(SecretError) as caught:
        refuse_exposed(service(**raw), held={"key": Secret("s3cr3t-value")})
    assert caught.value.evidence == (("service backend", "the value of the secret key"),)


def test_a_secret_in_a_text_that_is_sent_to_a_container_is_refused() -> None:
    configs = {"init": {"content": "postgres://me:word@host"}}
    with pytest.raises(SecretError) as caught:
        refuse_exposed(rendered({"backend": {}}, configs=configs))
    assert caught.value.evidence == (("config init", "its content"),)
