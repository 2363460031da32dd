"""The door lets in what Stripe signed, and puts it into the queue of its type."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import verifier
from invocations import Context
from keystack.storage import secrets
from samples import SECRET, purchase, request, signature, stripe_event

from integration.aws import client
from integration.clock import Clock
from integration.world import World

Json = dict[str, Any]
ALL_QUEUES = ("IssueQueue", "FreezeQueue", "ExpireQueue")


def post(shaped: Json) -> tuple[int, Json]:
    answer = verifier.handler(shaped, Context())
    return answer["statusCode"], json.loads(answer["body"])


def queued(name: str) -> list[Json]:
    sqs = client("sqs")
    found: dict[str, list[Json]] = sqs.receive_message(
        QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"],
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    return found.get("Messages", [])


def events_in(name: str) -> list[Json]:
    return [json.loads(each["Body"])["event"] for each in queued(name)]


QUEUE_OF = {
    "checkout.session.completed": "IssueQueue",
    "checkout.session.async_payment_succeeded": "IssueQueue",
    "checkout.session.async_payment_failed": "IssueQueue",
    "charge.refunded": "FreezeQueue",
    "refund.failed": "FreezeQueue",
    "charge.refund.updated": "FreezeQueue",
    "charge.dispute.created": "FreezeQueue",
    "charge.dispute.closed": "FreezeQueue",
    "customer.subscription.deleted": "ExpireQueue",
}


@pytest.mark.parametrize("type", QUEUE_OF)
def test_puts_each_type_into_its_queue_and_no_other(world: World, type: str) -> None:
    event = {**purchase(1), "type": type}
    assert post(request(event)) == (200, {"received": True})
    assert {name: events_in(name) for name in ALL_QUEUES} == {
        name: [event] if name == QUEUE_OF[type] else [] for name in ALL_QUEUES
    }


def test_a_message_tells_organization_moment_and_door_and_stands_in_its_organizations_group(world: World) -> None:
    post(request(purchase(1)))
    [told] = queued("IssueQueue")
    body = json.loads(told["Body"])
    assert (body["org"], body["source"], type(body["received_at"])) == ("acme", "stripe", int)
    assert told["Attributes"]["MessageGroupId"] == "acme"


def test_undoes_the_gateways_base64_before_it_checks(world: World) -> None:
    event = purchase(1, customer_details={"email": "zoë@example.com", "name": "Zoë 👩‍🚀"})
    raw = json.dumps(event, ensure_ascii=False).encode()
    assert post(request(raw, encoded=True))[0] == 200
    assert events_in("IssueQueue") == [event]


def test_checks_the_bytes_as_they_were_sent(world: World) -> None:
    spaced = json.dumps(purchase(1), indent=4).encode() + b"\n"
    assert post(request(spaced))[0] == 200
    assert post(request(spaced.strip(), signature(spaced)))[0] == 400


@pytest.mark.parametrize("name", ["\uffff", "\x00", "\ud800 half a pair", "Zoë", "\u202e"])
def test_a_name_of_any_characters_reaches_the_queue_in_ascii(world: World, name: str) -> None:
    event = purchase(1, customer_details={"email": "ada@example.com", "name": name})
    assert post(request(event))[0] == 200
    [told] = queued("IssueQueue")
    assert told["Body"].isascii()
    assert json.loads(told["Body"])["event"] == event


def test_the_same_event_twice_is_taken_twice(world: World) -> None:
    assert [post(request(purchase(1)))[0] for _ in range(2)] == [200, 200]
    assert len(queued("IssueQueue")) == 2


IGNORED: dict[str, Callable[[Json], Json]] = {
    "a type that nobody handles": lambda event: {**event, "type": "price.created"},
    "a type of tomorrow": lambda event: {**event, "type": "x.y.z" * 50},
    "a connected account's": lambda event: {**event, "account": "acct_1"},
    "a setup session": lambda event: {**event, "data": {"object": {**event["data"]["object"], "mode": "setup"}}},
}


@pytest.mark.parametrize("case", IGNORED)
def test_what_nobody_needs_is_answered_and_on_record_as_ignored(world: World, case: str) -> None:
    event = IGNORED[case](purchase(1))
    assert post(request(event)) == (200, {"ignored": True})
    assert [queued(name) for name in ALL_QUEUES] == [[], [], []]
    record = world.delivery(event)
    assert record["status"] == "ignored"
    assert record["reason"]


def test_a_thin_event_without_data_is_queued_for_its_worker_to_judge(world: World) -> None:
    assert post(request({"id": "evt_1", "type": "charge.refunded"}))[0] == 200
    assert events_in("FreezeQueue") == [{"id": "evt_1", "type": "charge.refunded"}]


def test_two_secrets_are_valid_while_one_is_rotated(world: World) -> None:
    secrets.store("webhook-secret/acme", "whsec_old,whsec_new")
    raw = json.dumps(purchase(1)).encode()
    both = f"{signature(raw, 'whsec_else')},{signature(raw, 'whsec_new').partition(',')[2]}"
    answers = [post(request(raw, header))[0] for header in (signature(raw, "whsec_old"), both, signature(raw))]
    assert answers == [200, 200, 400]


def test_a_changed_secret_takes_effect_at_once(world: World, clock: Clock) -> None:
    raw = json.dumps(purchase(1)).encode()
    assert post(request(raw))[0] == 200
    clock.forward(6)  # the secret is re-read every five seconds at most
    client("ssm").put_parameter(
        Name="/keystack/test/webhook-secret/acme", Value="whsec_new", Type="SecureString", Overwrite=True
    )
    assert post(request(raw, signature(raw, "whsec_new")))[0] == 200
    assert post(request(raw, signature(raw, SECRET)))[0] == 400


def test_every_stripe_event_of_the_samples_is_taken(world: World) -> None:
    names = ["issuer.payment_unpaid", "freezer.refund_partial", "expirer.subscription_deleted"]
    assert [post(request(stripe_event(name)))[0] for name in names] == [200, 200, 200]
