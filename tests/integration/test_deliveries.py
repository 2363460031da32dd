"""Every record of a delivery goes after 90 days: DynamoDB deletes it by its attribute `expires` (template.yaml)."""

import time

import pytest
from invocations import Context
from keystack.domain.deliveries import DeliveryStatus
from keystack.storage.deliveries import deliveries
from samples import purchase, request, signature, stripe_event

from integration.aws import function
from integration.world import World

NINETY_DAYS = 90 * 86_400


def a_success(world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)


def a_failure(world: World) -> None:
    [event] = world.sold(1, price="price_nobody_mapped")
    world.issue(event)


def an_ignored_event(world: World) -> None:
    function("verifier").handler(request(stripe_event("issuer.payment_paid") | {"type": "ping"}), Context())


def a_rejected_request(world: World) -> None:
    body = str(purchase(1)).encode()
    function("verifier").handler(request(body, signature(body, "whsec_other")), Context())


@pytest.mark.parametrize("happening", [a_success, a_failure, an_ignored_event, a_rejected_request])
def test_a_record_expires_90_days_after_it_was_last_written(world: World, happening: object) -> None:
    before = int(time.time())
    happening(world)  # type: ignore[operator]
    [item] = world.items("DeliveriesTable")
    assert before + NINETY_DAYS <= item["expires"] <= int(time.time()) + NINETY_DAYS


def test_a_reason_has_a_thousand_characters_at_most(world: World) -> None:
    """An item takes 400 KB, and a list of a hundred deliveries 6 MB."""
    deliveries.record(deliveries.Delivery("acme", purchase(1), 1, DeliveryStatus.FAILED, "x" * 2_000), 1)
    deliveries.count_rejected("acme", "x" * 2_000, 1)
    assert [len(item["reason"]) for item in world.items("DeliveriesTable")] == [1_000, 1_000]
