"""How long is kept what waits for an order that may never come: DynamoDB deletes it by `expires` (template.yaml)."""

from typing import Any

from samples import purchase, stripe_event

from integration.world import World

NINETY_DAYS = 90 * 86_400
SUBSCRIPTION = "sub_1"


def changed(number: int, at: int) -> dict[str, Any]:
    """An event of a subscription that no checkout began, as far as anybody knows."""
    event = stripe_event("issuer.subscription_updated", f"evt_seen_{number}", at)
    event["data"]["object"]["id"] = SUBSCRIPTION
    return event


def lifetimes(world: World) -> dict[str, int]:
    """What in the licenses table DynamoDB is to delete, and when."""
    return {item["pk"]: item["expires"] for item in world.items("LicensesTable") if "expires" in item}


def test_a_subscription_that_no_checkout_began_is_forgotten_90_days_after_its_last_event(world: World) -> None:
    world.issue(changed(1, 1_795_436_400))
    assert lifetimes(world) == {f"acme#ref#{SUBSCRIPTION}": 1_795_436_400 + NINETY_DAYS}
    world.issue(changed(2, 1_795_500_000))
    world.issue(changed(1, 1_795_436_400))
    assert lifetimes(world) == {f"acme#ref#{SUBSCRIPTION}": 1_795_500_000 + NINETY_DAYS}


def test_the_order_that_comes_after_all_takes_the_end_away(world: World) -> None:
    world.issue(changed(1, 1_795_436_400))
    [event] = world.sold(1)
    assert event["data"]["object"]["subscription"] == SUBSCRIPTION
    world.issue(event)
    assert lifetimes(world) == {}
    assert len(world.keys("cs_test_1")) == 1


def test_a_refund_waits_for_its_order_for_ever_and_keeps_what_waits_with_it(world: World) -> None:
    refund = stripe_event("freezer.refund_full", "evt_refund", payment_intent="pi_9", invoice=SUBSCRIPTION)
    world.freeze(refund)
    assert lifetimes(world) == {}
    world.issue(changed(1, 1_795_436_400))
    assert lifetimes(world) == {}


def test_a_refund_that_comes_later_takes_the_end_away(world: World) -> None:
    world.issue(changed(1, 1_795_436_400))
    world.freeze(stripe_event("freezer.refund_full", "evt_refund", payment_intent="pi_9", invoice=SUBSCRIPTION))
    assert lifetimes(world) == {}


def test_no_order_license_or_customer_has_an_end(world: World) -> None:
    world.issue(*world.sold(1, 2), purchase(3, "issuer.payment_unpaid"))
    world.freeze(stripe_event("freezer.refund_full", "evt_refund", payment_intent="pi_1", invoice="in_1"))
    assert len(world.items("LicensesTable")) > 10
    assert lifetimes(world) == {}
