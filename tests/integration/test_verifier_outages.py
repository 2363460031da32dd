"""The door when AWS does not answer, what stays on record of a rejection, and how little the door imports."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import verifier
from aws import Context
from botocore.exceptions import ClientError, EndpointConnectionError
from clock import Clock
from keystack.storage import dynamodb, secrets
from samples import purchase, request, signature
from template import ROOT, resources
from world import World

BODY = json.dumps(purchase(1)).encode()


def post(*arguments: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = verifier.handler(request(*arguments, **more), Context())
    return answer


def fails_with(error: Exception) -> Any:
    def fail(**_: Any) -> None:
        raise error

    return fail


NO_ANSWER = EndpointConnectionError(endpoint_url="https://sqs")
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "SendMessage")


@pytest.mark.parametrize("error", [NO_ANSWER, THROTTLED])
def test_asks_stripe_to_come_again_while_the_queue_does_not_answer(world: World, error: Exception) -> None:
    events, fail = verifier._sqs().meta.events, fails_with(error)
    events.register("before-call.sqs.SendMessage", fail)
    try:
        assert post(BODY)["statusCode"] == 503
    finally:
        events.unregister("before-call.sqs.SendMessage", fail)
    assert post(BODY)["statusCode"] == 200


def test_an_outage_ends_in_503_before_the_functions_time_is_up(world: World) -> None:
    timeout = resources("AWS::Serverless::Function")["VerifierFunction"]["Timeout"]
    for client in (verifier._sqs(), secrets._client()):
        config = client.meta.config
        worst = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
        assert worst + 2 < timeout  # and a pause between attempts


@pytest.mark.parametrize("error", [NO_ANSWER, THROTTLED])
def test_asks_stripe_to_come_again_while_the_secret_store_does_not_answer(world: World, error: Exception) -> None:
    secrets.forget()
    events, fail = secrets._client().meta.events, fails_with(error)
    events.register("before-call.ssm.GetParameter", fail)
    try:
        assert post(BODY)["statusCode"] == 503
    finally:
        events.unregister("before-call.ssm.GetParameter", fail)
    assert post(BODY)["statusCode"] == 200


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
        verifier._counted.clear()  # another instance
    assert sum(item["attempts"] for item in world.items("DeliveriesTable")) == 3


def test_nothing_is_written_for_organizations_that_somebody_invents(world: World) -> None:
    for org in ("nobody", "someone", "a" * 41, ""):
        post(BODY, org=org)
    assert world.items("DeliveriesTable") == []


def test_a_rejection_stays_one_when_it_cannot_be_put_on_record(world: World) -> None:
    events, fail = dynamodb.client().meta.events, fails_with(THROTTLED)
    events.register("before-call.dynamodb", fail)
    try:
        assert post(BODY, signature(BODY, "whsec_else"))["statusCode"] == 400
    finally:
        events.unregister("before-call.dynamodb", fail)


def test_does_not_import_what_it_does_not_need() -> None:
    told = "import verifier, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    paths = [str(ROOT / "functions/verifier"), str(ROOT / "layers/keystack")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
    assert {"stripe", "pydantic", "jinja2", "smtplib", "requests"}.isdisjoint(done.stdout.split())
