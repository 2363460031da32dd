"""Batches: one bad message holds back no other, and each comes back when it should."""

import json
from typing import Any

import pytest
from aws import client, message, sqs_event
from keystack.errors import RetryLaterError
from samples import purchase, stripe_event
from stand_ins import error
from world import ORG, World


def sold(world: World, *numbers: int) -> list[dict[str, Any]]:
    events = [purchase(number) for number in numbers]
    for event in events:
        world.stripe.sell(event, ("price_pro_monthly", 1))
    return events


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "in the middle", "last"])
def test_one_poison_message_is_tried_again_alone(world: World, place: int) -> None:
    events = sold(world, 1, 2, 3)
    world.stripe.fails("GET", f"cs_test_{place + 1}/", error(503, "sorry", "api_error"))
    assert world.issue(*events) == [events[place]["id"]]
    minted = [number for number in (1, 2, 3) if world.keys(f"cs_test_{number}")]
    assert minted == [number for number in (1, 2, 3) if number != place + 1]


def test_all_poison_is_all_tried_again(world: World) -> None:
    events = sold(world, 1, 2, 3)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    assert world.issue(*events) == ["evt_1", "evt_2", "evt_3"]


GARBAGE = [
    "",
    "x",
    "[]",
    "null",
    "{}",
    json.dumps({"org": ORG, "received_at": 1, "event": {"id": "evt_1"}, "source": "stripe"}),
    json.dumps({"org": 1, "received_at": 1, "event": {"id": "evt_1", "type": "x"}, "source": "stripe"}),
    json.dumps({"org": ORG, "received_at": "now", "event": {"id": "evt_1", "type": "x"}, "source": "stripe"}),
    json.dumps({"org": ORG, "received_at": 1, "event": ["id", "type"], "source": "stripe"}),
    '{"org": "acme", "received_at": Infinity, "event": {"id": "evt_1", "type": "x"}, "source": "stripe"}',
    "[" * 100_000,
]


@pytest.mark.parametrize("worker", ["issuer", "freezer", "expirer"])
@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: body[:60])
def test_garbage_goes_to_the_dead_letters_and_the_rest_is_worked_on(world: World, worker: str, body: str) -> None:
    [event] = sold(world, 1)
    assert world.invoke(worker, sqs_event(body, message(ORG, event))) == ["message-0"]
    assert world.delivery(event)["status"] in ("succeeded", "ignored")


@pytest.mark.parametrize(
    ("worker", "sample"),
    [
        ("issuer", "freezer.refund_full"),
        ("freezer", "expirer.subscription_deleted"),
        ("expirer", "issuer.subscription_paid"),
    ],
)
def test_events_of_other_workers_are_ignored_on_record(world: World, worker: str, sample: str) -> None:
    event = stripe_event(sample)
    assert world.deliver(worker, event) == []
    assert world.delivery(event)["status"] == "ignored"


def test_a_message_that_has_no_time_left_waits_for_the_next_invocation(world: World) -> None:
    [event] = sold(world, 1)
    assert world.invoke("issuer", sqs_event(message(ORG, event)), remaining=20_000) == ["message-0"]
    assert (world.keys("cs_test_1"), world.delivery(event)["status"]) == ([], "retrying")
    assert world.issue(event) == []
    assert len(world.keys("cs_test_1")) == 1


def waits(world: World, event: dict[str, Any], received: int) -> int:
    """Receive a message, fail at it, and tell for how many seconds the worker hides it."""
    sqs, hidden = client("sqs"), []
    from keystack.services import worker

    url = sqs.get_queue_url(QueueName="IssueQueue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=message(ORG, event))
    [told] = sqs.receive_message(QueueUrl=url)["Messages"]
    shaped = sqs_event(told["Body"], received=received)
    shaped["Records"][0]["receiptHandle"] = told["ReceiptHandle"]
    events = worker._sqs().meta.events
    events.register("provide-client-params.sqs", look := lambda params, **_: hidden.append(params["VisibilityTimeout"]))
    try:
        assert world.invoke("issuer", shaped) == ["message-0"]
    finally:
        events.unregister("provide-client-params.sqs", look)
    assert sqs.receive_message(QueueUrl=url).get("Messages", []) == []  # accepted by SQS: it is hidden
    return int(hidden[0])


def test_it_waits_longer_each_time_and_never_longer_than_ten_minutes(world: World) -> None:
    [event] = sold(world, 1)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    assert [waits(world, event, received) for received in (1, 2, 3, 8)] == [10, 20, 40, 600]


def test_who_knows_when_to_come_again_says_so(world: World) -> None:
    [event] = sold(world, 1)
    world.mails.refusals.append(RetryLaterError("busy"))
    assert waits(world, event, 1) == 10


def test_a_delivery_that_cannot_be_recorded_is_tried_again(world: World) -> None:
    def refuse() -> None:
        raise ConnectionError

    [event] = sold(world, 1)
    with world.before("UpdateItem", refuse):
        assert world.issue(event) == ["evt_1"]
    assert world.issue(event) == []
    assert (len(world.mails.sent), world.delivery(event)["status"]) == (1, "succeeded")
