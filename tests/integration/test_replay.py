"""A replay puts a delivery's own event into its queue again; what is done already stays done."""

import json
from typing import Any

import pytest
from keystack.domain.deliveries import DeliveryStatus
from keystack.errors import ConflictError, NotFoundError
from keystack.management.replay import replay
from keystack.storage.deliveries import deliveries
from samples import purchase, stripe_event

from integration.aws import client
from integration.world import ORG, World


def queued(queue: str) -> list[dict[str, Any]]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    return list(found.get("Messages", []))


@pytest.mark.parametrize(
    ("queue", "worker", "sample"),
    [
        ("IssueQueue", "issuer", "issuer.subscription_paid"),
        ("FreezeQueue", "freezer", "freezer.refund_full"),
        ("ExpireQueue", "expirer", "expirer.subscription_deleted"),
    ],
)
def test_a_delivery_goes_back_into_its_own_queue_as_it_came(world: World, queue: str, worker: str, sample: str) -> None:
    event = stripe_event(sample)
    event["data"]["object"]["description"] = "Zoë \ud800 \uffff \x00"
    world.deliver(worker, event)
    replay(ORG, event["id"])
    [told] = queued(queue)
    body = json.loads(told["Body"])
    assert (body["event"], body["org"], body["source"]) == (event, ORG, "replay")
    assert (told["Attributes"]["MessageGroupId"], told["Body"].isascii()) == (ORG, True)


def test_a_replay_after_success_does_nothing_twice(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    keys = world.keys("cs_test_1")
    replay(ORG, "evt_1")
    [told] = queued("IssueQueue")
    assert world.issue(json.loads(told["Body"])["event"], source="replay") == []
    assert (world.keys("cs_test_1"), len(world.mails.sent)) == (keys, 1)
    assert world.delivery(event)["status"] == "succeeded"


def test_what_is_not_there_cannot_be_replayed(world: World) -> None:
    with pytest.raises(NotFoundError, match="there is no delivery evt_nobody"):
        replay(ORG, "evt_nobody")


def test_another_organizations_delivery_is_not_there(world: World) -> None:
    world.issue(purchase(1))
    with pytest.raises(NotFoundError):
        replay("other", "evt_1")


def test_rejected_and_ignored_ones_have_nothing_to_replay(world: World) -> None:
    ignored = {**purchase(1), "type": "invoice.created"}
    deliveries.record(deliveries.Delivery(ORG, ignored, 1, DeliveryStatus.IGNORED, "why"), 1)
    deliveries.count_rejected(ORG, "why", 0)
    for identity in ("evt_1", "rejected-1970-01-01T00:00"):
        with pytest.raises(ConflictError, match="nothing to replay"):
            replay(ORG, identity)
    assert queued("IssueQueue") == []
