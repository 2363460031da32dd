"""What a purchase costs: few calls, no scan, whatever it is that comes."""

from collections.abc import Callable

import pytest
from invocations import Context
from samples import purchase, sample, stripe_event

from integration.aws import function
from integration.aws_calls import counted
from integration.world import World


def test_a_purchase_reads_twice_writes_once_records_its_effects_and_its_delivery(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    with counted() as calls:
        assert world.issue(event) == []
    assert calls == [
        "BatchGetItem",  # all that is known of the order, its references, its prices, its organization
        "BatchGetItem",  # the plans that these name
        "TransactWriteItems",  # order, license, references, customer, key ring, audit
        "TransactWriteItems",  # the effects, if the metadata tells the newest keys
        "UpdateItem",  # the delivery
    ]


def test_a_guests_purchase_needs_no_transaction_for_its_effects(world: World) -> None:
    event = purchase(1, customer=None)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    with counted() as calls:
        world.issue(event)
    assert calls == ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem", "UpdateItem"]


def test_stripe_is_asked_once_and_told_once(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    assert [(each["method"], each["path"]) for each in world.stripe.requests] == [
        ("GET", "/v1/checkout/sessions/cs_test_1/line_items"),
        ("POST", "/v1/customers/cus_sampleAda"),
    ]


def test_a_duplicate_reads_twice_and_writes_nothing_but_its_delivery(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    with counted() as calls:
        world.issue(event)
    assert calls == ["BatchGetItem", "BatchGetItem", "UpdateItem"]


def test_freezing_a_thousand_keys_is_one_write(world: World) -> None:
    paid = stripe_event("issuer.payment_paid")
    world.stripe.sell(paid, ("price_pro_lifetime", 60))
    world.issue(paid)
    with counted() as calls:
        world.freeze(stripe_event("freezer.refund_full"))
    assert calls == ["BatchGetItem", "BatchGetItem", "Query", "TransactWriteItems", "UpdateItem"]


def test_an_event_of_a_subscription_costs_one_question_two_reads_and_one_transaction(world: World) -> None:
    bought = purchase(1)
    world.stripe.sell(bought, ("price_pro_monthly", 1))
    world.issue(bought)
    item = {"id": "si_1", "price": {"id": "price_pro_monthly"}, "quantity": 1, "current_period_end": 1_798_027_200}
    event = stripe_event(
        "issuer.subscription_updated", latest_invoice="in_1", status="past_due", items={"data": [item]}
    )
    event["data"]["object"]["id"] = "sub_1"
    world.stripe.objects.put(event["data"]["object"])
    asked = len(world.stripe.requests)
    with counted() as calls:
        assert world.issue(event) == []
    assert calls == [
        "BatchGetItem",  # the order of the subscription
        "BatchGetItem",  # all that is known of it
        "Query",  # its licenses, for there is something to tell of them: it is past due
        "TransactWriteItems",  # the order as it is now
        "UpdateItem",  # the delivery
    ]
    assert [each["path"] for each in world.stripe.requests[asked:]] == ["/v1/subscriptions/sub_1"]
    with counted() as calls:
        assert world.issue(event) == []
    assert calls == ["BatchGetItem", "BatchGetItem", "PutItem", "UpdateItem"]  # nothing to tell: the order alone


@pytest.mark.parametrize("name", ["issuer.payment_intent_succeeded", "issuer.invoice_paid"])
def test_a_payment_that_no_order_waits_for_costs_one_read_and_its_record(world: World, name: str) -> None:
    bought = purchase(1)
    world.stripe.sell(bought, ("price_pro_monthly", 1))
    world.issue(bought)
    asked = len(world.stripe.requests)
    paid = stripe_event(name)
    paid["data"]["object"]["id"] = "in_1" if "invoice" in name else "pi_1"
    with counted() as calls:
        assert world.issue(paid) == []
    assert (calls, len(world.stripe.requests) - asked) == (["BatchGetItem", "UpdateItem"], 0)
    assert world.delivery(paid)["status"] == "ignored"


DOINGS: dict[str, Callable[[World], object]] = {
    "purchase": lambda world: world.issue(purchase(1)),
    "unpaid": lambda world: world.issue(stripe_event("issuer.payment_unpaid")),
    "refund": lambda world: world.freeze(stripe_event("freezer.refund_full")),
    "partial refund": lambda world: world.freeze(stripe_event("freezer.refund_partial")),
    "refund failed": lambda world: world.freeze(stripe_event("freezer.refund_failed")),
    "dispute": lambda world: world.freeze(stripe_event("freezer.dispute_created")),
    "deletion": lambda world: world.expire(stripe_event("expirer.subscription_deleted")),
    "schedule": lambda world: function("expirer").handler(sample("expirer.schedule"), Context()),
    "dead letter": lambda world: world.invoke("dead_letters", sample("dead_letters.gave_up")),
    "organization": lambda world: world.configure(org="other"),
    "rejected": lambda world: function("verifier").handler(sample("verifier"), Context()),
}


@pytest.mark.parametrize("name", DOINGS)
def test_nothing_ever_scans_a_table(world: World, name: str) -> None:
    world.stripe.sell(purchase(1), ("price_pro_monthly", 1))
    with counted() as calls:
        DOINGS[name](world)
    assert calls
    assert "Scan" not in calls
