"""`stagekit services` on a running stage, and the door to Stripe against stripe-mock itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from stagekit.bootstrap import Engine
from stagekit.cli.place import Place
from stagekit.doors.stripe import StripeDoor, StripeFailed
from stagekit.secret import Secret
from stagekit.testing import Stage
from tests.support.drop_ins import wait_until

pytestmark = pytest.mark.engine

EVENTS = ("invoice.paid", "invoice.payment_failed")


@pytest.fixture(scope="module")
def stripe_mock(engine: Engine, running_stage: Stage, place: Place) -> Iterator[str]:
    """The address of a stripe-mock of this module's own, made from the stage's image."""
    client = docker.DockerClient(base_url=engine.host)
    labels = [f"com.docker.compose.project={place.project}", "com.docker.compose.service=stripe-mock"]
    image = client.containers.list(filters={"label": labels})[0].image
    made: Container = client.containers.run(image.id, detach=True, ports={"12111/tcp": ("127.0.0.1", None)})
    try:
        made.reload()
        address = f"http://127.0.0.1:{made.ports['12111/tcp'][0]['HostPort']}"
        wait_until(lambda: answers(address), "stripe-mock answers", seconds=20)
        yield address
    finally:
        made.remove(force=True)


def answers(address: str) -> bool:
    try:
        StripeDoor(Secret("sk_test_123"), address=address).endpoints()
    except StripeFailed:
        return False
    return True


def test_the_stand_ins_of_a_stage_are_well(stage: Stage) -> None:
    done = stage.stagekit("services", "check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = {one["id"]: one["level"] for one in json.loads(done.stdout)["findings"]}
    assert found == {"sign-in": "ok", "sign-in-keys": "ok", "payments": "ok", "webhook-reached": "ok"}


def test_a_live_key_is_never_asked_with(stage: Stage) -> None:
    done = stage.stagekit("services", "check", env={"STRIPE_SECRET_KEY": "sk_live_abcdefghijkl"})
    assert done.returncode == 1 and "live" in done.stderr and "sk_live_abc" not in done.stderr


def test_endpoints_are_listed_and_made_by_stripes_own_words(stripe_mock: str) -> None:
    door = StripeDoor(Secret("sk_test_123"), address=stripe_mock)
    assert [(one.id[:3], one.enabled) for one in door.endpoints()] == [("we_", True)]
    # Stripe tells the secret with the endpoint that it makes; stripe-mock makes one and has none.
    with pytest.raises(StripeFailed, match=r"made the endpoint we_.* and told no secret"):
        door.make_endpoint("https://api.staging.example/webhooks/stripe", EVENTS)


def test_what_stripe_refuses_is_told_without_the_key(stripe_mock: str) -> None:
    with pytest.raises(StripeFailed) as caught:
        StripeDoor(Secret("sk_test_123"), address=stripe_mock).make_endpoint("", ())
    assert caught.value.text and "sk_test_123" not in caught.value.text
    with pytest.raises(StripeFailed):
        StripeDoor(Secret("sk_test_123"), address="http://127.0.0.1:9").endpoints()
