from __future__ import annotations

import json

import pytest

from stagekit.errors import DeliveryError
from stagekit.images.content import Content
from stagekit.images.origins import Offer, Origin, choose, last_word, parse_origin, services_of

REFERENCES = {"web": "shop-a1b2/web", "job": "shop-a1b2/job:latest", "db": "postgres:17.12"}


def offer(*names: str, label: str = "", platform: str = "linux/amd64") -> Offer:
    os, architecture = platform.split("/")
    document = {"os": os, "architecture": architecture, "label": label or names, "rootfs": {"diff_ids": []}}
    return Offer(Content(json.dumps(document).encode(), ()), names)


def test_a_service_before_an_equals_sign_is_meant_only_when_there_is_one_of_that_name() -> None:
    assert parse_origin("web=images.tar", REFERENCES) == Origin("web", "images.tar")
    assert parse_origin("registry.test/x@sha256:a=b", REFERENCES) == Origin("", "registry.test/x@sha256:a=b")
    assert parse_origin("folder=odd/images.tar", REFERENCES) == Origin("", "folder=odd/images.tar")


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("postgres", "postgres"),
        ("shop/web:1.2", "web"),
        ("registry.test:5000/shop/web", "web"),
        ("registry.test:5000/shop/web:1@sha256:abc", "web"),
    ],
)
def test_projects_registries_and_tags_differ_between_places_and_the_last_word_does_not(
    reference: str, word: str
) -> None:
    assert last_word(reference) == word


def test_images_are_matched_by_name_and_the_exact_one_wins() -> None:
    exact, other, job = offer("shop-a1b2/web:latest"), offer("ci/web:7"), offer("ci/job:7")
    found = choose(Origin("", "x.tar"), [other, exact, job], REFERENCES, "linux/amd64")
    assert found == {"web": exact.content, "job": job.content}


def test_of_several_platforms_the_hosts_is_taken() -> None:
    arm, amd = offer("web:1", label="arm", platform="linux/arm64"), offer("web:1", label="amd")
    assert choose(Origin("web", "x"), [arm, amd], REFERENCES, "linux/arm64") == {"web": arm.content}
    # Where the host's is missing, the refusal of another platform is the better error.
    assert choose(Origin("web", "x"), [arm], REFERENCES, "linux/amd64") == {"web": arm.content}


def test_a_named_service_takes_the_only_image_whatever_its_name() -> None:
    only = offer("another/name:1")
    assert choose(Origin("web", "x"), [only], REFERENCES, "linux/amd64") == {"web": only.content}


def test_one_image_is_taken_for_a_project_that_has_one() -> None:
    only = offer()
    assert choose(Origin("", "x"), [only], {"a": "r", "b": "r"}, "linux/amd64") == {
        "a": only.content,
        "b": only.content,
    }


@pytest.mark.parametrize(
    ("origin", "offers"),
    [
        (Origin("web", "x.tar"), [offer("a:1"), offer("b:1")]),
        (Origin("web", "x.tar"), [offer("a/web:1"), offer("b/web:1")]),
        (Origin("web", "x.tar"), []),
        (Origin("", "x.tar"), [offer("another:1")]),
        (Origin("", "x.tar"), []),
    ],
)
def test_what_cannot_be_told_is_asked(origin: Origin, offers: list[Offer]) -> None:
    with pytest.raises(DeliveryError) as asked:
        choose(origin, offers, REFERENCES, "linux/amd64")
    assert "--from SERVICE=x.tar" in asked.value.next


def test_a_registrys_reference_is_for_the_services_whose_image_it_names() -> None:
    assert services_of("registry.test/shop/web:2", REFERENCES) == ("web",)
    assert services_of("postgres:17.12", REFERENCES) == ("db",)
    assert services_of("nothing/here", REFERENCES) == ()
