"""The door when AWS does not answer, what stays on record of a rejection, and how little the door imports."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import rejections
import verifier
from invocations import Context
from keystack.aws.client import Patience
from keystack.aws.connections import Timeouts
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from keystack.storage.mappings import existence
from samples import SECRET, purchase, request, signature
from template import resources
from time_left import MAX_CALL_MILLISECONDS

from integration.aws_calls import NO_ANSWER, THROTTLED, failing, hooked, refused
from integration.clock import Clock
from integration.log_lines import LogLines
from integration.world import World

BODY = json.dumps(purchase(1)).encode()


def post(*arguments: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = verifier.handler(request(*arguments, **more), Context())
    return answer


CLIENTS = {"ssm": parameters.client, "dynamodb": dynamodb.quick_client, "sqs": queue_client.client}
ATTEMPT, BETWEEN = 1 + 1, 1  # seconds: to connect and to wait for the answer; before the second attempt


@pytest.mark.parametrize("error", [NO_ANSWER, THROTTLED])
def test_asks_stripe_to_come_again_while_the_queue_does_not_answer(world: World, error: Exception) -> None:
    with failing(CLIENTS["sqs"](), error):
        assert post(BODY)["statusCode"] == 503
    assert post(BODY)["statusCode"] == 200


@contextmanager
def slow(clock: Clock, seconds: float, *services: str) -> Iterator[None]:
    """Let each call of these services take so long, as the test's clock tells it, and then succeed."""

    with ExitStack() as stack:
        for service in services:
            stack.enter_context(hooked(CLIENTS[service](), before=lambda *_: clock.forward(seconds)))
        yield


@pytest.mark.parametrize("service", CLIENTS)
def test_one_call_takes_no_longer_than_is_reckoned_with(world: World, service: str) -> None:
    assert CLIENTS[service]().patience == Patience(Timeouts(connect=1, read=1), attempts=2)
    assert MAX_CALL_MILLISECONDS == 1_000 * (2 * ATTEMPT + BETWEEN) + 500


def counting_down(ends_at: float) -> Context:
    """A context whose time runs with the test's clock."""
    return Context(remaining=lambda: int(1_000 * (ends_at - time.monotonic())))


@pytest.mark.parametrize("signed_by", [SECRET, "whsec_else"])
@pytest.mark.parametrize("event", [purchase(1), {"id": "evt_1", "type": "x.y"}], ids=["sent", "ignored"])
def test_whatever_hangs_the_answer_comes_before_the_functions_time_is_up(
    world: World, clock: Clock, event: dict[str, Any], signed_by: str
) -> None:
    timeout = resources("AWS::Serverless::Function")["VerifierFunction"]["Timeout"]
    raw = json.dumps(event).encode()
    for seconds in (0.9, 1.5, 3.0, 4.4, 4.9):
        existence.forget_all()
        parameters.forget_all()
        started = time.monotonic()
        context = counting_down(started + timeout)
        shaped = request(raw, signature(raw, signed_by, at=time.time()))
        with slow(clock, seconds, *CLIENTS):
            status = verifier.handler(shaped, context)["statusCode"]
        assert time.monotonic() - started < timeout, seconds
        assert status in ((200, 503) if signed_by == SECRET else (400, 503))


@pytest.mark.parametrize("error", [NO_ANSWER, THROTTLED])
def test_asks_stripe_to_come_again_while_the_secret_store_does_not_answer(
    world: World, clock: Clock, error: Exception
) -> None:
    parameters.forget_all()
    with failing(CLIENTS["ssm"](), error):
        assert post(BODY)["statusCode"] == 503
    clock.forward(5)
    assert post(BODY)["statusCode"] == 200


@pytest.mark.parametrize("error", [NO_ANSWER, THROTTLED])
def test_asks_stripe_to_come_again_while_it_cannot_be_known_whether_the_organization_exists(
    world: World, error: Exception
) -> None:
    with failing(CLIENTS["dynamodb"](), error):
        assert post(BODY)["statusCode"] == 503
    assert post(BODY)["statusCode"] == 200


def test_a_right_that_the_door_lacks_is_named_with_its_table(world: World, log: LogLines) -> None:
    with refused(dynamodb.quick_client(), "GetItem", "ResourceNotFoundException"):
        assert post(BODY)["statusCode"] == 503
    assert "DynamoDB refused GetItem on MappingsTable (ResourceNotFoundException)" in log.text


def test_a_secret_known_to_be_good_goes_on_serving_for_an_hour(world: World, clock: Clock, log: LogLines) -> None:
    assert post(BODY)["statusCode"] == 200
    with failing(CLIENTS["ssm"](), THROTTLED):
        clock.forward(301)
        assert post(BODY, signature(BODY))["statusCode"] == 200
        assert '"level":"WARNING"' in log.text
        assert "a secret read before goes on serving" in log.text
        clock.forward(3_590)
        assert post(BODY, signature(BODY))["statusCode"] == 200
        clock.forward(20)
        assert post(BODY, signature(BODY))["statusCode"] == 503


def test_a_rejection_stays_one_while_ssm_does_not_answer(world: World, clock: Clock) -> None:
    assert post(BODY)["statusCode"] == 200
    clock.forward(6)
    with failing(CLIENTS["ssm"](), THROTTLED):
        assert post(BODY, signature(BODY, "whsec_else"))["statusCode"] == 400


def test_rejections_are_on_record_once_an_organization_and_minute_without_payload(world: World, clock: Clock) -> None:
    for _ in range(3):
        post(BODY, signature(BODY, "whsec_else"))
    clock.forward(60)
    post(BODY, signature(BODY, "whsec_else"))
    records = [item for item in world.items("DeliveriesTable") if item["status"] == "rejected"]
    assert len(records) == 2
    assert {"payload", "failing_org"}.isdisjoint({name for record in records for name in record})
    assert all("signing secret" in record["reason"] for record in records)


def test_each_instance_counts_its_rejections_into_the_same_record(world: World) -> None:
    for _ in range(3):
        post(BODY, signature(BODY, "whsec_else"))
        rejections.forget_all()  # another instance
    assert sum(item["attempts"] for item in world.items("DeliveriesTable")) == 3


def test_nothing_is_written_for_organizations_that_somebody_invents(world: World) -> None:
    for org in ("nobody", "someone", "a" * 41, ""):
        post(BODY, org=org)
    assert world.items("DeliveriesTable") == []


def test_a_rejection_stays_one_when_it_cannot_be_put_on_record(world: World) -> None:
    assert post(BODY)["statusCode"] == 200  # the organization is known from now on
    with failing(CLIENTS["dynamodb"](), THROTTLED):
        assert post(BODY, signature(BODY, "whsec_else"))["statusCode"] == 400
