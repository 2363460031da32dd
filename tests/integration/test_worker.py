"""Batches: one bad message holds back no other, and each comes back when it should."""

import json
import os

import pytest
from invocations import sqs_event
from keystack.errors import RetryLaterError
from keystack.queues import client as queue_client
from keystack.storage import dynamodb
from samples import stripe_event

from integration.aws import message
from integration.aws_calls import hooked, refused
from integration.log_lines import LogLines
from integration.stand_ins import error
from integration.world import ORG, World


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "in the middle", "last"])
def test_one_poison_message_is_tried_again_alone(world: World, place: int) -> None:
    events = world.sold(1, 2, 3)
    world.stripe.fails("GET", f"cs_test_{place + 1}/", error(503, "sorry", "api_error"))
    assert world.issue(*events) == [events[place]["id"]]
    minted = [number for number in (1, 2, 3) if world.keys(f"cs_test_{number}")]
    assert minted == [number for number in (1, 2, 3) if number != place + 1]


def test_all_poison_is_all_tried_again(world: World) -> None:
    events = world.sold(1, 2, 3)
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
    [event] = world.sold(1)
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
    [event] = world.sold(1)
    assert world.invoke("issuer", sqs_event(message(ORG, event)), remaining=20_000) == ["message-0"]
    assert (world.keys("cs_test_1"), world.delivery(event)["status"]) == ([], "retrying")
    assert world.issue(event) == []
    assert len(world.keys("cs_test_1")) == 1


def test_it_waits_longer_each_time_and_never_longer_than_ten_minutes(world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    assert [world.waits(event, received) for received in (1, 2, 3, 8)] == [10, 20, 40, 600]


def test_it_hides_the_message_in_the_queue_that_it_came_from(world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    asked: list[str] = []
    with hooked(queue_client.client(), "ChangeMessageVisibility", before=lambda _, of: asked.append(of["QueueUrl"])):
        world.issue(event)
    assert asked == [os.environ["ISSUE_QUEUE_URL"]]


def test_a_message_written_by_hand_needs_no_more_than_an_id_and_a_body(world: World) -> None:
    [event] = world.sold(1)
    by_hand = {"Records": [{"messageId": "by hand", "body": message(ORG, event)}]}
    with world.before("UpdateItem", lambda: 1 / 0):
        assert world.invoke("issuer", by_hand) == ["by hand"]
    assert world.invoke("issuer", by_hand) == []
    assert world.delivery(event)["status"] == "succeeded"


def test_who_knows_when_to_come_again_says_so(world: World) -> None:
    [event] = world.sold(1)
    world.mails.refusals.append(RetryLaterError("busy"))
    assert world.waits(event, 1) == 10


def test_a_delivery_that_cannot_be_recorded_is_told_and_tried_again(world: World, log: LogLines) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "UpdateItem", "AccessDeniedException", about="DeliveriesTable"):
        assert world.issue(event) == ["evt_1"]
    assert "DynamoDB refused UpdateItem on DeliveriesTable (AccessDeniedException)" in log.text
    assert world.issue(event) == []
    assert (len(world.mails.sent), world.delivery(event)["status"]) == (1, "succeeded")
