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

from integration.stand_ins import error
from integration.world import ORG, World


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
        Course.SKIPPED, "the order has no e-mail address: hand the key over another way"
    )
    assert found.effects["metadata"].reason == "guest checkout: the order has no Stripe Customer"
    world.issue(event, source="replay")
    order = world.order("cs_test_1")
    assert order is not None
    assert {name: each.reason for name, each in order.effects.items()} == {
        name: each.reason for name, each in found.effects.items()
    }


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
    assert world.stripe.requests == []


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
    live = purchase(2) | {"livemode": True}
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


def test_nothing_is_written_and_nothing_is_sent_by_foreseeing(world: World) -> None:
    event = unmapped(world)
    map_new()
    before = [world.items(table) for table in ("LicensesTable", "AuditTable", "DeliveriesTable")]
    mints(event)
    assert [world.items(table) for table in ("LicensesTable", "AuditTable", "DeliveriesTable")] == before
    assert [each for each in world.stripe.requests if each["method"] != "GET"] == []


def test_what_has_nothing_to_replay_says_so(world: World) -> None:
    deliveries.count_rejected(ORG, "why", 0)
    ignored = {**purchase(1), "type": "invoice.paid"}
    deliveries.record(deliveries.Delivery(ORG, ignored, 1, DeliveryStatus.IGNORED, "why"), 1)
    for identity in ("evt_1", "rejected-1970-01-01T00:00"):
        assert isinstance(foreseen(identity), NothingToReplay)
    with pytest.raises(NotFoundError):
        foreseen("evt_nobody")
    with pytest.raises(NotFoundError):
        foresee("other", "evt_1", 1)
