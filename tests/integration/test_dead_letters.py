"""What gave up after all its retries is marked failed, with the last known reason, and can be replayed."""

import json
from typing import Any

from invocations import sqs_event
from keystack.storage import dynamodb
from samples import purchase, sample

from integration.aws import message
from integration.aws_calls import refused
from integration.log_lines import LogLines
from integration.stand_ins import error
from integration.world import ORG, World

SAMPLE = "evt_sampleAdaPaid"


def test_a_worker_that_crashed_each_time_leaves_a_failed_delivery(world: World) -> None:
    assert world.invoke("dead_letters", sample("dead_letters.gave_up")) == []
    record = world.delivery(SAMPLE)
    assert (record["status"], record["failing_org"]) == ("failed", ORG)
    assert "crashed or ran out of time at every attempt" in record["reason"]


def gave_up(event: dict[str, Any]) -> dict[str, Any]:
    return sqs_event(message(ORG, event), queue="IssueDeadLetterQueue", received=9)


def test_the_last_known_reason_stays(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.stripe.fails("GET", "line_items", error(503, "sorry", "api_error"))
    world.issue(event)
    said = world.delivery(event)["reason"]
    assert world.invoke("dead_letters", gave_up(event)) == []
    record = world.delivery(event)
    assert (record["status"], said in record["reason"]) == ("failed", True)
    assert record["reason"].startswith("gave up after all retries")


def test_the_steps_that_were_done_stay_on_record(world: World) -> None:
    [event] = world.sold(1)
    world.stripe.fails("POST", "/v1/customers", error(503, "sorry", "api_error"))
    assert world.issue(event) != []
    before = world.delivery(event)
    assert before["steps"]["licenses"] == "1 issued"
    assert world.invoke("dead_letters", gave_up(event)) == []
    record = world.delivery(event)
    assert (record["status"], record["steps"], record["order"]) == ("failed", before["steps"], "cs_test_1")


def test_what_has_succeeded_meanwhile_stays_so(world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    before = world.delivery(event)
    assert world.invoke("dead_letters", gave_up(event)) == []
    assert world.delivery(event) == before


def test_a_failed_one_that_is_replayed_succeeds_and_no_longer_needs_attention(world: World) -> None:
    event = purchase(1)
    world.invoke("dead_letters", gave_up(event))
    world.stripe.sell(event, ("price_pro_monthly", 1))
    assert world.issue(event, source="replay") == []
    record = world.delivery(event)
    assert (record["status"], "failing_org" in record, record["attempts"]) == ("succeeded", False, 2)


def test_garbage_is_let_go_and_the_rest_of_the_batch_marked(world: World) -> None:
    bodies = ["", "[]", "null", json.dumps({"org": ORG}), message(ORG, purchase(1))]
    assert world.invoke("dead_letters", sqs_event(*bodies, queue="IssueDeadLetterQueue")) == []
    assert [item["event"] for item in world.items("DeliveriesTable")] == ["evt_1"]


def test_a_number_beyond_all_numbers_is_garbage_too(world: World) -> None:
    body = '{"org": "acme", "received_at": Infinity, "event": {"id": "evt_1", "type": "x"}, "source": "stripe"}'
    assert world.invoke("dead_letters", sqs_event(body, queue="IssueDeadLetterQueue")) == []


def test_what_cannot_be_recorded_stays_in_its_queue_and_is_told(world: World, log: LogLines) -> None:
    with refused(dynamodb.client(), "UpdateItem", "AccessDeniedException"):
        assert world.invoke("dead_letters", gave_up(purchase(1))) == ["message-0"]
    assert "DynamoDB refused UpdateItem on DeliveriesTable (AccessDeniedException)" in log.text
    assert world.invoke("dead_letters", gave_up(purchase(1))) == []
