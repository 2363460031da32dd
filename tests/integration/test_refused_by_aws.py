"""What AWS refuses is AWS's trouble: workers try again, and all is done once the right, table or queue is back."""

from typing import Any

import pytest
from invocations import Context, sqs_event
from keystack.errors import DeploymentError
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from samples import sample, stripe_event

from integration.aws import client, function, message
from integration.aws_calls import refused
from integration.clock import Clock
from integration.world import ORG, World

SESSION = "cs_test_1"
CODES = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "KMSAccessDenied",
    "KMSInvalidStateException",
    "ValidationException",
]
DENIED = (
    "User: arn:aws:sts::1:assumed-role/issuer/x is not authorized to perform: dynamodb:PutItem on resource: "
    "arn:aws:dynamodb:eu-west-1:1:table/keystack-LicensesTable-X because no identity-based policy allows it"
)


@pytest.mark.parametrize("code", CODES)
def test_a_purchase_waits_until_the_table_takes_it(world: World, code: str) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "TransactWriteItems", code):
        assert world.issue(event) == ["evt_1"]
    record = world.delivery(event)
    assert record["status"] == "retrying"
    assert f"DynamoDB refused TransactWriteItems on AuditTable, LicensesTable ({code}): " in record["reason"]
    assert record["reason"].endswith("check the deployment; trying again")
    assert world.issue(event) == []
    assert (world.delivery(event)["status"], len(world.keys(SESSION)), len(world.mails.sent)) == ("succeeded", 1, 1)


def test_the_missing_right_is_named_with_its_table(world: World) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "TransactWriteItems", "AccessDeniedException", message=DENIED):
        world.issue(event)
    reason = world.delivery(event)["reason"]
    assert "dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:1:table/keystack-LicensesTable-X)" in reason
    assert "assumed-role" not in reason


def test_what_was_sent_is_not_quoted(world: World) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "TransactWriteItems", "ValidationException", message="bad value ada@example.com"):
        world.issue(event)
    assert "ada@" not in world.delivery(event)["reason"]


@pytest.mark.parametrize("reason", ["AccessDenied", "AccessDeniedException", "ResourceNotFound"])
def test_a_transaction_that_is_cancelled_for_want_of_a_right_is_no_conflict(world: World, reason: str) -> None:
    [event] = world.sold(1)
    reasons = [{"Code": "None", "Message": None}, {"Code": None}, {"Code": reason}]
    code = "TransactionCanceledException"
    with refused(dynamodb.client(), "TransactWriteItems", code, CancellationReasons=reasons):
        assert world.issue(event) == ["evt_1"]
    assert f"refused TransactWriteItems on AuditTable, LicensesTable ({reason})" in world.delivery(event)["reason"]
    assert world.issue(event) == []


def test_a_value_that_dynamodb_cannot_store_is_no_missing_right(world: World) -> None:
    [event] = world.sold(1)
    reasons = [{"Code": "ValidationError"}, {"Code": None}]
    code = "TransactionCanceledException"
    with refused(dynamodb.client(), "TransactWriteItems", code, CancellationReasons=reasons):
        assert world.issue(event) == []
    assert world.delivery(event)["status"] == "failed"


@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems"])
@pytest.mark.parametrize(
    ("name", "sample_name"), [("freezer", "freezer.refund_full"), ("expirer", "expirer.subscription_deleted")]
)
def test_refunds_and_deletions_wait_too(world: World, name: str, sample_name: str, operation: str) -> None:
    [sold] = world.sold(1)
    world.issue(sold)
    event = stripe_event(sample_name)
    event["data"]["object"] |= {"invoice": "in_1"} if name == "freezer" else {"id": "sub_1"}
    with refused(dynamodb.client(), operation, "AccessDeniedException", about="LicensesTable"):
        assert world.deliver(name, event) == [event["id"]]
    record = world.delivery(event)
    assert (record["status"], f"refused {operation} on " in record["reason"]) == ("retrying", True)
    assert world.statuses(SESSION) == ["active"]
    assert world.deliver(name, event) == []
    assert world.delivery(event)["status"] == "succeeded"
    assert world.statuses(SESSION, at=4_000_000_000) == ["frozen" if name == "freezer" else "expired"]


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "InvalidKeyId", "KMSInvalidStateException", "KMSAccessDenied"]
)
def test_a_secret_that_may_not_be_read_is_no_secret_that_is_missing(world: World, clock: Clock, code: str) -> None:
    [event] = world.sold(1)
    parameters.forget_all()
    with refused(parameters.client(), "GetParameter", code):
        assert world.issue(event) == ["evt_1"]
    record = world.delivery(event)
    assert record["status"] == "retrying"
    assert f"SSM refused GetParameter on /keystack/test/stripe-key/acme ({code})" in record["reason"]
    clock.forward(10)  # the worker's first wait
    assert world.issue(event) == []
    assert world.delivery(event)["status"] == "succeeded"


def test_a_secret_that_is_missing_stays_a_persons_to_store(world: World) -> None:
    [event] = world.sold(1)
    client("ssm").delete_parameter(Name="/keystack/test/stripe-key/acme")
    parameters.forget_all()
    assert world.issue(event) == []
    assert (world.delivery(event)["status"], "store its restricted key" in world.delivery(event)["reason"]) == (
        "failed",
        True,
    )


def test_a_mail_that_ses_denies_holds_back_neither_license_nor_metadata(world: World) -> None:
    [event] = world.sold(1)
    world.mails.refusals.append(DeploymentError("Amazon SES denied SendEmail"))
    assert world.issue(event) == ["evt_1"]
    record = world.delivery(event)
    assert (record["status"], record["steps"]["metadata"]) == ("retrying", "done")
    assert (len(world.keys(SESSION)), "SES denied SendEmail" in record["reason"]) == (1, True)
    assert world.issue(event) == []
    assert (world.delivery(event)["status"], len(world.mails.sent)) == ("succeeded", 1)


def test_metadata_that_cannot_be_confirmed_names_the_refusal_and_sends_no_second_mail(world: World) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "TransactWriteItems", "AccessDeniedException", about="lease_holder = :holder"):
        assert world.issue(event) == ["evt_1"]
    assert "DynamoDB refused TransactWriteItems on LicensesTable" in world.delivery(event)["reason"]
    assert world.issue(event) == []
    assert (world.delivery(event)["status"], len(world.mails.sent)) == ("succeeded", 1)


def test_without_the_deliveries_table_the_message_comes_again(world: World) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "UpdateItem", "ResourceNotFoundException", about="DeliveriesTable"):
        assert world.issue(event) == ["evt_1"]
        assert world.issue(event) == ["evt_1"]
    assert world.issue(event) == []
    assert (world.delivery(event)["status"], len(world.keys(SESSION)), len(world.mails.sent)) == ("succeeded", 1, 1)


def test_a_retry_that_can_be_neither_recorded_nor_hastened_is_a_retry(world: World, caplog: Any) -> None:
    [event] = world.sold(1)
    with (
        refused(dynamodb.client(), "TransactWriteItems", "AccessDeniedException"),
        refused(dynamodb.client(), "UpdateItem", "AccessDeniedException", about="DeliveriesTable"),
        refused(queue_client.client(), "ChangeMessageVisibility", "AccessDenied"),
    ):
        assert world.issue(event) == ["evt_1"]
    [told] = [each for each in caplog.records if "could not be recorded or brought forward" in each.message]
    assert "refused UpdateItem on DeliveriesTable" in told.reason
    assert world.issue(event) == []


def test_a_dead_letter_stays_in_its_queue_and_then_tells_the_last_reason(world: World) -> None:
    [event] = world.sold(1)
    with refused(dynamodb.client(), "TransactWriteItems", "AccessDeniedException"):
        world.issue(event)
    letter = sqs_event(message(ORG, event), queue="IssueDeadLetterQueue", received=9)
    for operation in ("BatchGetItem", "UpdateItem"):
        with refused(dynamodb.client(), operation, "AccessDeniedException"):
            assert world.invoke("dead_letters", letter) == ["message-0"]
    assert world.invoke("dead_letters", letter) == []
    record = world.delivery(event)
    assert record["status"] == "failed"
    assert record["reason"].startswith("gave up after all retries; the last reason was: DynamoDB refused")


def test_the_schedule_fails_loudly(world: World) -> None:
    with (
        refused(dynamodb.client(), "Query", "AccessDeniedException"),
        pytest.raises(DeploymentError, match="Query on LicensesTable"),
    ):
        function("expirer").handler(sample("expirer.schedule"), Context())


def test_nobody_is_let_in_who_cannot_be_looked_up(world: World) -> None:
    header = {"identitySource": [f"Bearer {world.configure(org='zeta')['api_key']}"]}
    with refused(dynamodb.quick_client(), "BatchGetItem", "AccessDeniedException"), pytest.raises(DeploymentError):
        function("authorizer").handler({**sample("authorizer"), **header}, Context())


def test_the_operator_is_told(world: World) -> None:
    with refused(parameters.client(), "PutParameter", "AccessDeniedException"):
        answer = world.configure(org="zeta")
    assert "SSM refused PutParameter on /keystack/test/stripe-key/zeta" in answer["error"]
