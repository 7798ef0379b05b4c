"""Signatures, order, backoff and restarts of event deliveries."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest
import stripe
from stripe_network import Clock, Network

from stripe_standin import signature
from stripe_standin.courier import Courier
from stripe_standin.outbox import Outbox, wait_after
from stripe_standin.store import Store

SECRET = "whsec_test"


def test_stripes_own_sdk_accepts_our_signature() -> None:
    payload = '{"object": "event", "name": "Jón €"}'.encode()
    header = signature.header(payload, [SECRET], int(time.time()))
    assert stripe.WebhookSignature.verify_header(payload, header, SECRET, tolerance=300)


def test_after_a_rotation_events_are_signed_with_both_secrets() -> None:
    header = signature.header(b"{}", ["whsec_new", SECRET], int(time.time()))
    assert all(
        stripe.WebhookSignature.verify_header(b"{}", header, one, tolerance=300) for one in ("whsec_new", SECRET)
    )


def test_stripes_own_sdk_refuses_it_for_other_bytes() -> None:
    header = signature.header(b"{}", [SECRET], int(time.time()))
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(b"{ }", header, SECRET, tolerance=300)


def test_waits_double_from_one_second_and_stop_at_thirty() -> None:
    assert [wait_after(attempts) for attempts in (1, 2, 3, 4, 5, 6, 7, 1000)] == [1, 2, 4, 8, 16, 30, 30, 30]


def keep(store: Store, *events: tuple[str, str]) -> None:
    outbox = Outbox(store)
    for event, queue in events:
        store.put({"id": event, "object": "event", "type": "x", "created": 1})
        outbox.add(event, queue, 0)


def rounds(store: Store, network: Network, clock: Clock, count: int = 1) -> list[str]:
    """Runs the courier by hand; the ids of the events the webhook saw, in order."""

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(network)) as client:
            courier = Courier(store, Outbox(store), client, "http://webhook/", (SECRET,), clock)
            for _ in range(count):
                await courier.round()

    asyncio.run(run())
    return [httpx.Response(200, content=request.content).json()["id"] for request in network.received]


def test_events_of_one_session_arrive_one_after_the_other(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"), ("a2", "a"), ("a3", "a"))
    assert rounds(store, network, clock) == ["a1"]
    assert rounds(store, network, clock, 5) == ["a1", "a2", "a3"]


def test_a_refused_event_holds_back_its_own_session_only(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"), ("a2", "a"), ("b1", "b"))
    network.answers = [500, 200]
    assert rounds(store, network, clock, 3) == ["a1", "b1"]
    clock.now += 1
    assert rounds(store, network, clock, 2) == ["a1", "b1", "a1", "a2"]


def test_an_event_is_sent_until_it_is_taken_and_then_no_more(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"))
    network.answers = [500, 302, 400, 204]
    for wait in (0, 1, 2, 4, 100):
        clock.now += wait
        rounds(store, network, clock, 2)
    delivery = Outbox(store).find("a1")
    assert delivery
    assert (len(network.received), delivery.delivered, delivery.attempts) == (4, True, 4)


def test_the_last_answer_is_kept_for_people_to_read(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"))
    network.answers = [500]
    rounds(store, network, clock)
    delivery = Outbox(store).find("a1")
    assert delivery
    assert delivery.answer == "HTTP 500: the webhook's words"


def test_what_waits_is_known_after_a_restart(tmp_path: Path, network: Network, clock: Clock) -> None:
    before = Store(tmp_path / "events.db")
    keep(before, ("a1", "a"))
    network.answers = [503]
    rounds(before, network, clock)
    before.close()
    after = Store(tmp_path / "events.db")
    assert Outbox(after).next_try() == clock.now + 1
    clock.now += 1
    assert rounds(after, network, clock) == ["a1", "a1"]
    after.close()


def test_each_try_is_signed_with_its_own_time(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"))
    network.answers = [500]
    rounds(store, network, clock)
    clock.now += 400
    rounds(store, network, clock)
    first, second = (request.headers["stripe-signature"] for request in network.received)
    assert first.partition(",")[0] != second.partition(",")[0]


def test_a_webhook_that_is_not_there_is_tried_again(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"))
    network.webhook_down = True
    rounds(store, network, clock)
    delivery = Outbox(store).find("a1")
    assert delivery
    assert (delivery.delivered, delivery.answer) == (False, "not reached: ConnectError")


def test_resending_sends_a_delivered_event_again(store: Store, network: Network, clock: Clock) -> None:
    keep(store, ("a1", "a"))
    rounds(store, network, clock)
    assert Outbox(store).resend("a1", clock.now)
    assert rounds(store, network, clock) == ["a1", "a1"]
    assert not Outbox(store).resend("unknown", clock.now)
