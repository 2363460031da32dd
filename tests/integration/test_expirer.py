"""A deleted subscription expires when what was paid for ends; the schedule records it when that time has come."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from invocations import Context
from keystack.domain.billing import subscription_end
from keystack.storage.licenses.orders import load_order
from samples import sample, stripe_event

from integration.aws import function
from integration.clock import Clock
from integration.world import ORG, World

ADA, DAY = "cs_test_sampleAda", 86_400


@pytest.fixture
def ada(world: World) -> World:
    paid = stripe_event("issuer.subscription_paid")
    world.stripe.sell(paid, ("price_pro_monthly", 1), ("price_pro_lifetime", 1))
    assert world.issue(paid) == []
    return world


def deleted(ended: float, period_end: float, old: bool = False, **more: Any) -> dict[str, Any]:
    name = "expirer.subscription_deleted_before_2025" if old else "expirer.subscription_deleted"
    end = int(period_end)
    item = {"id": "si_sampleAda", "current_period_end": end, "quantity": 1}
    periods = {"current_period_end": end} if old else {"items": {"data": [item]}}
    return stripe_event(name, id=str(more.pop("id", "")), ended_at=int(ended), **periods, **more)


def sweep(**context: Any) -> int:
    return int(function("expirer").handler(sample("expirer.schedule"), Context(**context))["recorded"])


@pytest.mark.parametrize("old", [False, True], ids=["since 2025-03-31", "before"])
def test_the_license_lasts_until_the_end_of_the_period_that_was_paid(ada: World, old: bool) -> None:
    now = time.time()
    event = deleted(now, now + DAY, old)
    assert ada.expire(event) == []
    assert sorted(ada.statuses(ADA, now + DAY - 5)) == ["active", "active"]
    assert sorted(ada.statuses(ADA, now + DAY)) == ["active", "expired"]  # the lifetime license of the cart stays
    assert ada.actions(ADA) == ["license.expiring", "order.created"]
    assert (ada.delivery(event)["status"], ada.delivery(event)["order"]) == ("succeeded", ADA)


@pytest.mark.parametrize("reason", ["payment_failed", "payment_disputed"])
def test_a_period_that_was_never_paid_counts_for_nothing(ada: World, reason: str) -> None:
    now = time.time()
    renewal: dict[str, Any] = {"latest_invoice": "in_renewal", "cancellation_details": {"reason": reason}}
    assert ada.expire(deleted(now - 1, now + DAY, **renewal)) == []
    assert sorted(ada.statuses(ADA)) == ["active", "expired"]
    assert ada.actions(ADA) == ["license.expired", "order.created"]


def test_the_samples_themselves_say_the_same_of_both_versions(ada: World) -> None:
    ada.expire(stripe_event("expirer.subscription_deleted"))
    before = ada.licenses(ADA), ada.actions(ADA), end_of(ADA)
    ada.expire(stripe_event("expirer.subscription_deleted_before_2025"))
    assert (ada.licenses(ADA), ada.actions(ADA), end_of(ADA)) == before
    assert ada.actions(ADA).count("order.created") == len(ada.actions(ADA)) - 1


def end_of(order: str) -> int | None:
    stored = load_order(ORG, order)
    return subscription_end(stored.order.facts) if stored else None


def test_a_deletion_without_a_period_is_failed_and_names_it(ada: World) -> None:
    event = stripe_event("expirer.subscription_deleted", items={"data": [{"id": "si_sampleAda", "quantity": 1}]})
    assert ada.expire(event) == []
    assert ada.delivery(event)["status"] == "failed"
    assert "data.object.items.data.0.current_period_end" in ada.delivery(event)["reason"]
    assert ada.statuses(ADA) == ["active", "active"]


def test_duplicates_change_nothing(ada: World) -> None:
    event = deleted(time.time(), time.time() + DAY)
    assert ada.expire(event, event) == ada.expire(event) == []
    assert ada.actions(ADA) == ["license.expiring", "order.created"]


def test_a_deletion_of_an_unknown_subscription_waits_for_its_order(world: World) -> None:
    event = deleted(1, 1)
    assert world.expire(event) == []
    assert world.delivery(event)["steps"] == {"fact": "parked"}
    assert "until the order of subscription sub_sampleAda arrives" in world.delivery(event)["reason"]


def test_the_schedule_records_once_what_has_expired_and_not_before(ada: World, clock: Clock) -> None:
    now = time.time()
    ada.expire(deleted(now, now + DAY))
    assert sweep() == 0
    clock.forward(DAY + 60)
    assert [sweep(), sweep()] == [1, 0]
    assert ada.actions(ADA) == ["license.expired", "license.expiring", "order.created"]
    [entry] = [item for item in ada.items("AuditTable") if item.get("action") == "license.expired"]
    assert (entry["source"], entry["detail"]["licenses"]) == ("schedule", 1)


def test_a_schedule_that_stood_still_for_weeks_finds_what_it_missed(ada: World, clock: Clock) -> None:
    ada.expire(deleted(time.time(), time.time() + DAY))
    clock.forward(30 * DAY)
    assert sweep() == 1


def test_fixed_terms_expire_by_the_schedule_too(world: World, clock: Clock) -> None:
    paid = {**stripe_event("issuer.payment_paid"), "created": int(time.time())}
    world.stripe.sell(paid, ("price_year_pass", 1))
    world.issue(paid)
    clock.forward(365 * DAY + 60)
    assert sweep() == 1
    assert world.actions("cs_test_sampleBob") == ["license.expired", "order.created"]


def test_the_schedule_leaves_the_rest_to_the_next_one_when_its_time_is_up(ada: World, clock: Clock) -> None:
    ada.expire(deleted(time.time(), time.time() + DAY))
    clock.forward(DAY + 60)
    assert [sweep(remaining=1_000), sweep()] == [0, 1]


def test_an_expired_license_that_is_refunded_is_frozen(ada: World) -> None:
    ada.expire(deleted(1, 1))
    assert ada.freeze(stripe_event("freezer.refund_full", payment_intent=None, invoice="in_sampleAda")) == []
    assert ada.statuses(ADA) == ["frozen", "frozen"]


@pytest.mark.parametrize("refund_first", [True, False])
def test_refund_and_deletion_end_the_same_in_either_order(ada: World, refund_first: bool) -> None:
    refund = stripe_event("freezer.refund_full", payment_intent=None, invoice="in_sampleAda")
    doings: list[Callable[[], list[str]]] = [lambda: ada.freeze(refund), lambda: ada.expire(deleted(1, 1))]
    for act in doings if refund_first else reversed(doings):
        assert act() == []
    assert ada.statuses(ADA) == ["frozen", "frozen"]
    ended = "subscription.deleted" if refund_first else "license.expired"  # a frozen license stays frozen
    assert ada.actions(ADA) == sorted([ended, "license.frozen", "order.created"])
