"""The states of a checkout session, decided over a temporary database."""

from __future__ import annotations

import pytest

from stripe_standin import billing, catalog, checkout, payments, subscriptions
from stripe_standin.cards import Card, saved
from stripe_standin.checkout import Buyer
from stripe_standin.desk import Changes, Desk
from stripe_standin.errors import StripeError
from stripe_standin.keeping import Keeper, queue_of
from stripe_standin.outbox import Outbox
from stripe_standin.store import Json

ANA = Buyer("ana@example.test", "Ana Lindqvist")
GOOD = Card("4242", 12, 2034, "Ana Lindqvist")
BAD = saved("generic_decline", "Ana Lindqvist")


def kept(desk: Desk, changes: Changes) -> Json:
    with desk.store.transaction():
        Keeper(desk.store, Outbox(desk.store), sends=True).keep(desk, changes)
    return desk.find(changes.answer["object"], changes.answer["id"])


def price(desk: Desk, **more: object) -> Json:
    product = kept(desk, catalog.create_product(desk, {"name": "House"}))
    params = {"product": product["id"], "unit_amount": 1900, "currency": "eur", "recurring": {"interval": "month"}}
    return kept(desk, catalog.create_price(desk, {**params, **more}))


def session(desk: Desk, **more: object) -> Json:
    params = {
        "mode": "subscription",
        "success_url": "http://app.test/ok?s={CHECKOUT_SESSION_ID}",
        "metadata": {"plan": "house"},
        "subscription_data": {"metadata": {"plan": "house"}},
        "line_items": [{"price": price(desk)["id"], "quantity": 1}],
    }
    return kept(desk, checkout.create(desk, {**params, **more}))


def told(changes: Changes) -> list[str]:
    return [kind for kind, _ in changes.events]


def test_a_new_session_is_open_unpaid_and_leads_to_our_page(desk: Desk) -> None:
    made = session(desk)
    assert (made["status"], made["payment_status"], made["amount_total"]) == ("open", "unpaid", 1900)
    assert made["url"] == f"http://stripe.test/c/pay/{made['id']}"
    assert made["metadata"] == {"plan": "house"}


def test_paying_completes_everything_and_tells_it_in_order(desk: Desk) -> None:
    changes = checkout.pay(desk, session(desk), ANA, GOOD)
    done = kept(desk, changes)
    sub, bill = desk.find("subscription", done["subscription"]), desk.find("invoice", done["invoice"])
    assert (done["status"], done["payment_status"], sub["status"], bill["status"]) == (
        "complete",
        "paid",
        "active",
        "paid",
    )
    assert (sub["metadata"], sub["customer"], bill["amount_paid"]) == ({"plan": "house"}, done["customer"], 1900)
    assert desk.find("customer", done["customer"])["email"] == ANA.email
    assert told(changes) == [
        "checkout.session.completed",
        "customer.subscription.created",
        "invoice.paid",
        "payment_intent.succeeded",
        "charge.succeeded",
    ]


def test_an_event_tells_of_the_finished_session(desk: Desk) -> None:
    changes = checkout.pay(desk, session(desk), ANA, GOOD)
    completed = dict(changes.events)["checkout.session.completed"]
    assert completed["subscription"] and completed["invoice"] and completed["customer_details"]["email"] == ANA.email


def test_a_declined_card_leaves_the_session_open_and_makes_no_subscription(desk: Desk) -> None:
    changes = checkout.decline(desk, session(desk), ANA, BAD)
    still = kept(desk, changes)
    assert (still["status"], still["payment_status"], still["subscription"]) == ("open", "unpaid", None)
    assert told(changes) == ["charge.failed", "payment_intent.payment_failed"]


def test_paying_after_a_decline_uses_the_same_payment_intent(desk: Desk) -> None:
    failed = checkout.decline(desk, session(desk), ANA, BAD)
    still = kept(desk, failed)
    changes = checkout.pay(desk, still, ANA, GOOD)
    intents = [thing["id"] for thing in (*failed.objects, *changes.objects) if thing["object"] == "payment_intent"]
    assert len(intents) == 2 and len(set(intents)) == 1
    assert dict(changes.events)["payment_intent.succeeded"]["last_payment_error"] is None


def test_a_trial_charges_nothing_today(desk: Desk) -> None:
    made = session(desk, subscription_data={"trial_period_days": 14})
    done = kept(desk, checkout.pay(desk, made, ANA, GOOD))
    sub = desk.find("subscription", done["subscription"])
    assert (done["amount_total"], done["payment_status"], sub["status"]) == (0, "no_payment_required", "trialing")
    assert sub["trial_end"] == desk.now + 14 * 86400


def test_a_one_time_payment_has_a_payment_intent_and_no_subscription(desk: Desk) -> None:
    data = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Mug"}}
    made = session(desk, mode="payment", line_items=[{"price_data": data, "quantity": 2}])
    done = kept(desk, checkout.pay(desk, made, ANA, GOOD))
    assert desk.find("payment_intent", done["payment_intent"])["amount_received"] == 1000
    assert done["subscription"] is None
    assert made["_line_items"]["data"][0]["description"] == "Mug"


def test_only_an_open_session_can_be_expired(desk: Desk) -> None:
    over = kept(desk, checkout.expire(desk, session(desk)))
    assert (over["status"], over["url"]) == ("expired", None)
    with pytest.raises(StripeError, match="has a status of `expired`"):
        checkout.expire(desk, over)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "app.test", "", "//x", "http://"])
def test_a_page_is_never_asked_to_link_anywhere_but_the_web(desk: Desk, url: str) -> None:
    with pytest.raises(StripeError, match="Not a valid URL"):
        session(desk, success_url=url)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"line_items": [{"price": "price_none"}]}, "No such price"),
        ({"line_items": []}, "Missing required param"),
        ({"mode": "payment"}, "recurring price"),
        ({"mode": "setup"}, "setup mode"),
        ({"discounts": [{"coupon": "x"}]}, "discounts"),
        ({"customer": "cus_none"}, "No such customer"),
        ({"expires_at": 5}, "between 30 minutes and 24 hours"),
    ],
)
def test_what_cannot_be_sold_is_refused(desk: Desk, change: dict[str, object], words: str) -> None:
    with pytest.raises(StripeError, match=words):
        session(desk, **change)


def test_a_lookup_key_has_one_owner_unless_it_is_handed_over(desk: Desk) -> None:
    first = price(desk, lookup_key="house")
    with pytest.raises(StripeError, match="already uses that lookup key"):
        price(desk, lookup_key="house")
    second = price(desk, lookup_key="house", transfer_lookup_key=True)
    assert desk.find("price", first["id"])["lookup_key"] is None
    assert second["lookup_key"] == "house"


def test_later_events_of_a_bought_subscription_stay_behind_its_checkouts(desk: Desk) -> None:
    made = session(desk)
    done = kept(desk, checkout.pay(desk, made, ANA, GOOD))
    ended = subscriptions.cancel(desk, done["subscription"])
    charge = next(desk.store.newest("charge"))
    refunded = payments.refund(desk, {"charge": charge["id"]})
    assert queue_of(ended) == queue_of(refunded) == made["id"]
    assert told(ended) == ["customer.subscription.deleted"]
    assert told(refunded) == ["charge.refunded"]


def test_a_charge_is_not_refunded_beyond_its_amount(desk: Desk) -> None:
    kept(desk, checkout.pay(desk, session(desk), ANA, GOOD))
    charge = next(desk.store.newest("charge"))
    kept(desk, payments.refund(desk, {"charge": charge["id"], "amount": 900}))
    with pytest.raises(StripeError, match="greater than unrefunded"):
        payments.refund(desk, {"charge": charge["id"], "amount": 1001})
    kept(desk, payments.refund(desk, {"payment_intent": charge["payment_intent"]}))
    with pytest.raises(StripeError, match="already been refunded"):
        payments.refund(desk, {"charge": charge["id"]})


def test_a_failed_renewal_is_past_due_until_its_invoice_is_paid(desk: Desk) -> None:
    done = kept(desk, checkout.pay(desk, session(desk), ANA, GOOD))
    changes = subscriptions.renew(desk, done["subscription"], declined=True)
    sub = kept(desk, changes)
    assert (sub["status"], told(changes)[0]) == ("past_due", "invoice.payment_failed")
    kept(desk, payments.pay_invoice(desk, sub["latest_invoice"]))
    assert desk.find("subscription", sub["id"])["status"] == "active"


def test_a_subscription_made_through_the_api_is_paid_at_once(desk: Desk) -> None:
    customer = kept(desk, catalog.create_customer(desk, {"email": "ben@example.test"}))
    changes = subscriptions.create(desk, {"customer": customer["id"], "items": [{"price": price(desk)["id"]}]})
    sub = kept(desk, changes)
    assert (sub["status"], told(changes)[:2]) == ("active", ["customer.subscription.created", "invoice.paid"])
    assert billing.total(billing.items_of(sub)) == 1900


def test_nothing_made_up_by_stripe_mock_is_in_a_new_object(desk: Desk) -> None:
    done = kept(desk, checkout.pay(desk, session(desk), ANA, GOOD))
    sub, intent = desk.find("subscription", done["subscription"]), next(desk.store.newest("payment_intent"))
    assert [sub[name] for name in ("canceled_at", "ended_at", "cancel_at", "trial_end", "pause_collection")] == [
        None
    ] * 5
    assert (intent["last_payment_error"], intent["canceled_at"], intent["next_action"]) == (None, None, None)
    assert "1234567890" not in str([done, sub, intent])
