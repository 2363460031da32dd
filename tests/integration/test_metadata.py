"""Two orders of one Stripe Customer at once: its metadata ends with the newest keys of both, none lost."""

from collections.abc import Callable
from typing import Any

import pytest
from samples import purchase

from integration.clock import Clock
from integration.world import World

CUSTOMER = "cus_sampleAda"


def two_orders(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = purchase(1), purchase(2)
    second["data"]["object"]["created"] += 60
    second["created"] += 60
    for event in (first, second):
        world.stripe.sell(event, ("price_pro_monthly", 1))
    return first, second


def told(world: World) -> list[str]:
    return world.stripe.metadata(CUSTOMER)["keystack_license_key"].split(",")


def newest_first(world: World) -> list[str]:
    return world.keys("cs_test_2") + world.keys("cs_test_1")


@pytest.mark.parametrize("begins", [0, 1], ids=["the older begins", "the newer begins"])
def test_the_second_order_comes_between_the_firsts_transaction_and_its_call(world: World, begins: int) -> None:
    # Given an order that is minted, and a second one that is done in full before Stripe hears of the first
    events = two_orders(world)
    world.stripe.once("POST", CUSTOMER, lambda: world.issue(events[1 - begins]))
    # When
    assert world.issue(events[begins]) == [events[begins]["id"]]  # it sees that it told less than the newest
    assert world.issue(events[begins]) == []
    # Then
    assert len(world.mails.sent) == 2
    assert told(world) == newest_first(world)
    assert world.stripe.metadata(CUSTOMER)["keystack_license_count"] == "2"
    assert [world.delivery(event)["status"] for event in events] == ["succeeded"] * 2


def test_the_second_order_comes_between_the_firsts_reading_and_its_transaction(world: World) -> None:
    first, second = two_orders(world)
    act: list[Callable[[], object]] = [lambda: world.issue(second)]
    with world.before("TransactWriteItems", lambda: act and act.pop()()):
        assert world.issue(first) == []
    assert told(world) == newest_first(world)
    assert world.stripe.metadata(CUSTOMER)["keystack_license_count"] == "2"


def test_a_late_call_of_a_worker_that_died_is_put_right_by_its_successor(world: World, clock: Clock) -> None:
    # Given a first order whose call to Stripe arrives last of all, and whose worker dies right after it
    first, second = two_orders(world)
    world.stripe.once("POST", CUSTOMER, lambda: world.issue(second))
    with world.crash("TransactWriteItems", at=4):
        world.issue(first)
    assert told(world) == world.keys("cs_test_1")
    # When its message comes back
    clock.forward(360)
    assert world.issue(first) == []
    # Then
    assert told(world) == newest_first(world)


def test_what_the_vendor_keeps_in_the_metadata_stays(world: World) -> None:
    own = {"crm": "42", "note": "vip"}
    world.stripe.objects.put({"id": CUSTOMER, "object": "customer", "livemode": False, "metadata": own})
    first, second = two_orders(world)
    assert world.issue(first, second) == []
    assert {name: world.stripe.metadata(CUSTOMER)[name] for name in own} == own
    assert told(world) == newest_first(world)


def test_live_and_test_customers_are_told_apart(world: World) -> None:
    world.configure(stripe_keys=["rk_test_a", "rk_live_a"])
    test, live = purchase(1, customer="cus_test"), purchase(2, customer="cus_live", livemode=True)
    live["livemode"] = True
    for event in (test, live):
        world.stripe.sell(event, ("price_pro_monthly", 1))
        assert world.issue(event) == []
    assert world.stripe.metadata("cus_test")["keystack_license_key"] == world.keys("cs_test_1")[0]
    assert world.stripe.metadata("cus_live", livemode=True)["keystack_license_key"] == world.keys("cs_test_2")[0]
    assert len([item for item in world.items("LicensesTable") if item["sk"] == "CUSTOMER"]) == 2
