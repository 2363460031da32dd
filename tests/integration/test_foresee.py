"""What is said before a replay is what the replay then does."""

import time
from typing import Any

import pytest
from keystack.domain.causes import Cause, CauseKind
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.plans import Grant, Mapping
from keystack.errors import NotFoundError
from keystack.management.catalogue import store_mapping
from keystack.management.foresee import foresee
from keystack.management.foresight import (
    AddsFact,
    AsksStripe,
    Course,
    EffectForeseen,
    Foresight,
    Mints,
    NothingToReplay,
    StripeSilent,
    WillFail,
)
from keystack.storage.deliveries import deliveries
from samples import purchase, stripe_event

from integration.sales import PlayedSale
from integration.stand_ins import error
from integration.world import ORG, World
from local.stripe import payment_steps, shapes
from local.stripe import subscription_steps as steps
from local.stripe.payments import payment_intent


def foreseen(event: dict[str, Any] | str) -> Foresight:
    return foresee(ORG, event if isinstance(event, str) else event["id"], int(time.time()))


def mints(event: dict[str, Any]) -> Mints:
    found = foreseen(event)
    assert isinstance(found, Mints), found
    return found


def courses(found: Mints) -> dict[str, str]:
    return {name: str(effect.course) for name, effect in found.effects.items()}


def unmapped(world: World, *lines: tuple[str, int]) -> dict[str, Any]:
    """Let a purchase fail because one of its prices is not mapped."""
    event = purchase(1)
    world.stripe.sell(event, *(lines or (("price_new", 1),)))
    world.issue(event)
    return event


def map_new() -> None:
    store_mapping(ORG, Mapping("price_new", (Grant("lifetime", "per_unit"),)), "a test")


def test_a_price_that_is_still_not_mapped_waits_and_nothing_is_minted(world: World) -> None:
    found = mints(unmapped(world))
    assert (found.minted, found.licenses, found.effects, found.is_paid) == ({}, 0, {}, True)
    [waits] = found.waits
    assert waits.reason == "price price_new is not mapped to a plan: map it"


def test_once_it_is_mapped_the_keys_by_plan_are_told_and_then_made(world: World) -> None:
    event = unmapped(world, ("price_new", 3))
    map_new()
    before = mints(event)
    assert (before.order, before.minted, before.waits) == ("cs_test_1", {"lifetime": 3}, ())
    assert courses(before) == {"email": "runs", "metadata": "runs"}
    world.issue(event, source="replay")
    assert [each.plan for each in world.licenses("cs_test_1")] == ["lifetime"] * 3
    assert len(world.mails.sent) == 1
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_count"] == "3"
    after = mints(event)
    assert (after.minted, after.licenses, after.changes_nothing) == ({}, 3, True)
    assert courses(after) == {"email": "done", "metadata": "done"}
    assert after.effects["email"].at is not None


def test_a_second_line_gets_its_key_and_the_mail_goes_out_once_more(world: World) -> None:
    event = unmapped(world, ("price_pro_monthly", 1), ("price_new", 1))
    map_new()
    before = mints(event)
    assert (before.minted, before.licenses) == ({"lifetime": 1}, 1)
    assert courses(before) == {"email": "runs", "metadata": "runs"}
    world.issue(event, source="replay")
    assert (len(world.keys("cs_test_1")), len(world.mails.sent)) == (2, 2)


def test_an_effect_that_failed_runs_again_and_one_that_is_done_does_not(world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("POST", "/v1/customers", error(403, "rak_customer_write is missing", "invalid_request_error"))
    world.issue(event)
    found = mints(event)
    assert (found.minted, courses(found)) == ({}, {"email": "done", "metadata": "runs"})
    assert "rak_customer_write" in found.effects["metadata"].reason
    world.stripe.mended()
    world.issue(event, source="replay")
    assert len(world.mails.sent) == 1
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_count"] == "1"


def test_a_guest_without_an_address_gets_no_mail_and_no_metadata(world: World) -> None:
    event = purchase(1, customer=None, customer_details=None, customer_email=None)
    world.stripe.sell(event, ("price_new", 1))
    world.issue(event)
    map_new()
    found = mints(event)
    assert found.effects["email"] == EffectForeseen(
        Course.SKIPPED, "the order has no e-mail address, and its customer has not got the key"
    )
    assert found.effects["metadata"].reason == "guest checkout: the order has no Stripe Customer"
    world.issue(event, source="replay")
    order = world.order("cs_test_1")
    assert order is not None
    assert order.effects["metadata"].reason == found.effects["metadata"].reason
    assert order.effects["email"].reason.startswith(found.effects["email"].reason)


def test_what_was_refunded_before_its_keys_were_made_is_not_mailed(world: World) -> None:
    event = unmapped(world)
    refund = stripe_event("freezer.refund_full", payment_intent="pi_1", invoice="in_1")
    world.freeze(refund)
    map_new()
    found = mints(event)
    assert (found.minted, courses(found)) == ({"lifetime": 1}, {"email": "skipped", "metadata": "runs"})
    world.issue(event, source="replay")
    assert (world.statuses("cs_test_1"), world.mails.sent) == (["frozen"], [])


def test_one_that_is_not_paid_yet_mints_nothing(world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.issue(event)
    found = mints(event)
    assert (found.is_paid, found.minted, found.effects, found.changes_nothing) == (False, {}, {}, True)
    asked = [each["path"] for each in world.stripe.requests]
    assert asked == ["/v1/checkout/sessions/cs_test_1"] * 2  # by the event itself, and to foresee


def test_one_that_is_paid_by_now_is_told_with_its_keys_and_then_has_them(world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 2))
    world.issue(event)
    paid = {**event["data"]["object"], "payment_status": "paid"}
    world.stripe.objects.put(paid)
    found = mints(event)
    assert (found.is_paid, dict(found.minted), courses(found)) == (
        True,
        {"lifetime": 2},
        {"email": "runs", "metadata": "runs"},
    )
    assert world.keys("cs_test_1") == []
    world.issue(event, source="replay")
    assert len(world.keys("cs_test_1")) == 2


def test_one_whose_payment_failed_is_not_asked_for(world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.issue(event, {**event, "id": "evt_failed", "type": "checkout.session.async_payment_failed"})
    world.stripe.requests.clear()
    assert not mints(event).is_paid
    assert world.stripe.requests == []


def test_whether_it_is_paid_by_now_may_not_be_known(world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    world.stripe.fails("GET", "/v1/checkout/sessions/", error(503, "sorry", "api_error"))
    assert isinstance(foreseen(event), StripeSilent)


def test_the_first_event_of_a_late_payment_does_not_send_what_the_second_left_undone(world: World) -> None:
    first = purchase(1, "issuer.payment_unpaid")
    world.issue(first)
    second = {**first, "id": "evt_paid", "type": "checkout.session.async_payment_succeeded"}
    world.stripe.sell(second, ("price_pro_monthly", 1))
    world.mails.refusals = [RuntimeError("no")]
    world.issue(second)
    assert courses(mints(second))["email"] == "runs"
    found = mints(first)
    assert (found.is_paid, found.effects, found.changes_nothing) == (True, {}, True)
    world.issue(first, source="replay")
    assert world.mails.sent == []


def test_stripe_not_answering_is_an_answer_of_its_own(world: World) -> None:
    event = unmapped(world)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    assert isinstance(foreseen(event), StripeSilent)


def test_what_a_person_must_do_first_is_said_with_its_cause(world: World) -> None:
    event = unmapped(world)
    world.stripe.fails("GET", "line_items", error(401, "no such key", "invalid_request_error"))
    found = foreseen(event)
    assert isinstance(found, WillFail)
    assert found.cause == Cause(CauseKind.STRIPE_KEY_REFUSED)
    live = purchase(2, livemode=True) | {"livemode": True}
    world.issue(live)
    missing = foreseen(live)
    assert isinstance(missing, WillFail)
    assert missing.cause == Cause(CauseKind.STRIPE_KEY_MISSING, "live")


def test_a_refund_is_told_to_be_known_once_it_is(world: World) -> None:
    [event] = world.sold(1)
    refund = stripe_event("freezer.refund_full", payment_intent="pi_1", invoice="in_1")
    world.freeze(refund)
    unknown = foreseen(refund)
    assert isinstance(unknown, AddsFact)
    assert (unknown.order, unknown.known) == (None, False)
    world.issue(event)
    known = foreseen(refund)
    assert isinstance(known, AddsFact)
    assert (known.order, known.known) == ("cs_test_1", True)


# ---------------------------------------------------------------- doorbells


def asks(question: str, order: str) -> AsksStripe:
    return AsksStripe(question, order)


def test_what_rings_for_a_subscription_asks_how_it_stands(world: World) -> None:
    sale = PlayedSale(world, "price_pro_monthly")
    subscription = str(sale.sale.bought.subscription)
    stands = asks(f"how subscription {subscription} stands", sale.order)
    for step in (steps.ending_with_its_period, steps.payment_failed, steps.paid_late, steps.ended):
        assert foreseen(sale.happens(step)) == stands, step
    renewal = sale.sale.invoice or {}
    told = shapes.event("invoice.paid", renewal, created=sale.now)
    sale.tell(told)
    assert foreseen(told) == stands


def test_a_dispute_is_asked_for_though_the_order_knows_of_it(world: World) -> None:
    sale = PlayedSale(world, "price_pro_lifetime")
    event = sale.happens(payment_steps.disputed)
    dispute = (sale.sale.dispute or {})["id"]
    assert foreseen(event) == asks(f"what has become of dispute {dispute}", sale.order)


def test_what_rings_for_an_order_that_is_not_there_is_kept(world: World) -> None:
    event = stripe_event("issuer.subscription_updated")
    assert world.issue(event) == []
    found = foreseen(event)
    assert isinstance(found, AddsFact)
    assert (found.order, found.known) == (None, False)


def test_what_rings_for_nothing_has_nothing_to_replay(world: World) -> None:
    sale = PlayedSale(world, "price_pro_monthly")
    payment = shapes.event("payment_intent.succeeded", payment_intent(sale.sale.charge), created=sale.now)
    first = shapes.event("invoice.paid", sale.sale.invoice or {}, created=sale.now)
    for event in (payment, first):
        sale.tell(event)
        assert world.delivery(event)["status"] == "ignored"
    assert foreseen(payment) == NothingToReplay(f"no order waits for payment {sale.sale.charge['payment_intent']}")
    nothing = foreseen(first)
    assert isinstance(nothing, NothingToReplay)
    assert nothing.reason.endswith(f"is that of order {sale.order}, which does not wait for a payment")


def test_a_payment_that_an_order_waits_for_is_asked_for(world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    rings = stripe_event("issuer.payment_intent_succeeded", "evt_2")
    rings["data"]["object"]["id"] = "pi_1"
    world.stripe.fails("GET", "/v1/checkout/sessions/", error(503, "sorry", "api_error"))
    world.issue(rings)
    assert foreseen(rings) == asks("whether it is paid by now, and what was bought", "cs_test_1")
    released = {**rings, "id": "evt_3", "type": "payment_intent.canceled"}
    deliveries.record(deliveries.Delivery(ORG, released, 1, DeliveryStatus.FAILED), 1)
    found = foreseen(released)
    assert isinstance(found, AddsFact)
    assert (type(found.fact).__name__, found.order) == ("PaymentFailed", "cs_test_1")


def test_nothing_is_written_and_nothing_is_sent_by_foreseeing(world: World) -> None:
    event = unmapped(world)
    map_new()
    before = [world.items(table) for table in ("LicensesTable", "AuditTable", "DeliveriesTable")]
    mints(event)
    assert [world.items(table) for table in ("LicensesTable", "AuditTable", "DeliveriesTable")] == before
    assert [each for each in world.stripe.requests if each["method"] != "GET"] == []


def test_what_has_nothing_to_replay_says_so(world: World) -> None:
    deliveries.count_rejected(ORG, "why", 0)
    ignored = {**purchase(1), "type": "invoice.created"}
    deliveries.record(deliveries.Delivery(ORG, ignored, 1, DeliveryStatus.IGNORED, "why"), 1)
    for identity in ("evt_1", "rejected-1970-01-01T00:00"):
        assert isinstance(foreseen(identity), NothingToReplay)
    with pytest.raises(NotFoundError):
        foreseen("evt_nobody")
    with pytest.raises(NotFoundError):
        foresee("other", "evt_1", 1)
