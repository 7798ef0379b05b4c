from __future__ import annotations

import json
from typing import Any

import pytest

from stagekit.cli.guarding import guard_release
from stagekit.errors import GuardError, ReleaseError
from stagekit.release import Release, ReleasedImage, read_release
from stagekit.release.compare import differences
from stagekit.release.definition import alone, released
from stagekit.report.error import error_text

SERVICES: dict[str, Any] = {
    "backend": {"image": "shop/backend", "build": {"context": "/home/ana/shop"}, "environment": {"A": "1", "B": "x"}},
    "postgres": {"image": "postgres:17.12", "volumes": [{"type": "volume", "source": "data", "target": "/data"}]},
}
NAMES = {"backend": "stagekit/shop/backend:11", "postgres": "stagekit/shop/postgres:22"}


def rendered(**changed: dict[str, Any]) -> str:
    services = {name: {**raw, **changed.get(name, {})} for name, raw in SERVICES.items()}
    return json.dumps({"name": "shop", "services": services, "secrets": {"ca": {"file": "/home/ana/ca.pem"}}})


def release(number: int = 1, **more: Any) -> Release:
    given = {
        "number": number,
        "stage": "staging",
        "project": "shop",
        "revision": "a1b2c3d",
        "clean": True,
        "by": "ana",
        "at": "2026-11-24T07:00:00Z",
        "images": {name: ReleasedImage(name=ref, identity=f"sha256:{name}") for name, ref in NAMES.items()},
        "model": released(rendered(), NAMES),
    }
    return Release.model_validate(given | more)


def test_a_definition_has_delivered_images_and_nothing_of_the_machine_that_made_it() -> None:
    text = released(rendered(), NAMES)
    assert "/home/ana" not in text
    found = json.loads(text)["services"]["backend"]
    assert found == {"image": NAMES["backend"], "pull_policy": "never", "environment": {"A": "1", "B": "x"}}


def test_a_release_is_gone_back_to_unless_what_it_holds_must_not_run_again() -> None:
    mail = {"mail": {"image": "axllent/mailpit:v1.30.5"}, "web": {"image": "x:1", "environment": {"SMTP_HOST": "mail"}}}
    names = {"mail": "stagekit/shop/mail:11", "web": "stagekit/shop/web:22"}
    guard_release(release(model=released(json.dumps({"name": "shop", "services": mail}), names)))
    for key, value in (("KEY", "sk_live_abcdefgh"), ("URL", "postgresql://app@db.shop.example/app")):
        held = json.loads(rendered(backend={"environment": {key: value}}))
        held["x-stagekit"] = {"version": 1, "guards": {"production": {"databases": ["db.shop.example"]}}}
        with pytest.raises(GuardError) as caught:
            guard_release(release(model=released(json.dumps(held), NAMES)))
        assert caught.value.evidence[0][0] == "service backend" and value not in error_text(caught.value)


def test_equal_definitions_are_equal_texts() -> None:
    other = json.loads(rendered())
    other["services"] = dict(reversed(other["services"].items()))
    assert released(json.dumps(other), NAMES) == released(rendered(), NAMES)


def test_a_bind_mount_is_refused_with_the_service_and_the_folder() -> None:
    bind = {"volumes": [{"type": "bind", "source": "/home/ana/x", "target": "/x"}]}
    with pytest.raises(ReleaseError) as caught:
        released(rendered(backend=bind), NAMES)
    assert caught.value.slug == "release-bind-mount"
    assert caught.value.evidence[0] == ("backend", "/home/ana/x is on the machine that promotes")


def test_a_fixed_container_name_is_refused() -> None:
    with pytest.raises(ReleaseError) as caught:
        released(rendered(backend={"container_name": "api"}), NAMES)
    assert caught.value.slug == "release-container-name"


def test_a_record_is_read_as_it_was_written() -> None:
    found = release()
    assert read_release(found.model_dump_json(), "x") == found


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}"])
def test_a_record_that_is_cut_off_is_refused_with_its_file(text: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        read_release(text, "host:release-000001.json")
    assert caught.value.slug == "release-record"
    assert "host:release-000001.json" in caught.value.what


def test_every_prefix_of_a_record_is_refused() -> None:
    text = release().model_dump_json()
    for end in range(0, len(text) - 1, 97):
        with pytest.raises(ReleaseError):
            read_release(text[:end], "x")


def test_a_record_of_a_newer_stagekit_is_never_guessed_at() -> None:
    text = json.dumps({**release().model_dump(mode="json"), "schema_version": 2, "colour": "red"})
    with pytest.raises(ReleaseError) as caught:
        read_release(text, "x")
    assert caught.value.slug == "release-newer"


def test_an_unclean_tree_is_told_by_the_releases_name() -> None:
    assert release().name == "a1b2c3d"
    assert release(clean=False).name == "a1b2c3d + changes"
    assert release(revision="").name == "release 1"


def test_what_differs_between_releases_is_told_without_a_value() -> None:
    new = release(
        2,
        images={
            "backend": ReleasedImage(name="n", identity="sha256:other"),
            "worker": ReleasedImage(name="w", identity="sha256:w"),
        },
        model=released(rendered(backend={"environment": {"A": "2", "C": "s3cret"}}), NAMES),
        migration="0002",
    )
    told = [(found.kind, found.subject, found.what) for found in differences(release(), new)]
    assert told == [
        ("image", "backend", "backend -> other"),
        ("service", "postgres", "is gone"),
        ("service", "worker", "is new"),
        ("env key", "backend", "B is gone"),
        ("env key", "backend", "C is new"),
        ("definition", "backend", "environment differs"),
        ("migrations", "", "none -> 0002"),
    ]
    assert "s3cret" not in str(told)
    assert differences(new, new) == ()


def test_a_definition_for_what_starts_alone_differs_in_what_it_waits_for() -> None:
    text = released(rendered(backend={"depends_on": {"postgres": {"condition": "service_healthy"}}}), NAMES)
    assert (
        json.loads(alone(text))["services"]["backend"] == json.loads(released(rendered(), NAMES))["services"]["backend"]
    )


def test_the_names_of_a_stage_stay_in_the_order_that_people_see() -> None:
    block = {"version": 1, "names": {"api": {"service": "backend"}, "app": {"service": "backend"}}}
    text = json.dumps({**json.loads(rendered()), "x-stagekit": block})
    kept = json.loads(released(text, NAMES, ("app", "api")))
    assert list(kept["x-stagekit"]["names"]) == ["app", "api"]
