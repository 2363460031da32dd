"""What AWS refuses is no caller's fault: a 500 that is counted and logged as an error, until all is as deployed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import verifier
from invocations import Context
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from samples import purchase, request

from integration.aws_calls import refused
from integration.clock import Clock
from integration.issued import issue, licenses, work
from integration.vendor_api import Answer, VendorApi
from integration.world import World

PRO = {"name": "Pro"}
Call = Callable[[VendorApi], Answer]


def put_plan(api: VendorApi) -> Answer:
    return api.put("/v1/plans/pro-2", PRO)


def list_plans(api: VendorApi) -> Answer:
    return api.get("/v1/plans")


def list_deliveries(api: VendorApi) -> Answer:
    return api.get("/v1/deliveries")


def list_audit(api: VendorApi) -> Answer:
    return api.get("/v1/audit")


def issue_one(api: VendorApi) -> Answer:
    return issue(api, "k1", send_email=True)


def replay_one(api: VendorApi) -> Answer:
    return api.post("/v1/deliveries/evt_1/replay")


def replay_all(api: VendorApi) -> Answer:
    return api.post("/v1/deliveries/replay", {"status": "failed", "since": "2020-01-01"})


def store_secret(api: VendorApi) -> Answer:
    return api.put("/v1/settings/webhook-secret", {"secrets": ["whsec_new"]})


def preview(api: VendorApi) -> Answer:
    return api.post("/v1/mappings/preview", {"checkout_session": "cs_test_1"})


def validate(api: VendorApi) -> Answer:
    return VendorApi().post("/v1/licenses/validate", {"key": "PRO-00000-00000-00000-00000-00000"})


@dataclass(frozen=True)
class Case:
    """A call of the API, the operation in it that AWS refuses with `code`, and what the log says then."""

    call: Call
    client: Callable[[], Any]
    operation: str
    code: str
    logged: str


DYNAMODB, SSM = dynamodb.client, parameters.client
CASES = [
    Case(list_plans, DYNAMODB, "Query", "AccessDeniedException", "DynamoDB refused Query on MappingsTable"),
    Case(list_plans, DYNAMODB, "Query", "KMSAccessDenied", "DynamoDB refused Query on MappingsTable"),
    Case(list_plans, DYNAMODB, "Query", "ValidationException", "DynamoDB refused Query on MappingsTable"),
    Case(list_audit, DYNAMODB, "Query", "UnrecognizedClientException", "DynamoDB refused Query on AuditTable"),
    Case(list_deliveries, DYNAMODB, "Query", "ResourceNotFoundException", "DynamoDB refused Query on DeliveriesTable"),
    Case(validate, DYNAMODB, "BatchGetItem", "AccessDeniedException", "DynamoDB refused BatchGetItem on LicensesTable"),
    Case(put_plan, DYNAMODB, "TransactWriteItems", "ExpiredTokenException", "on AuditTable, MappingsTable"),
    Case(issue_one, DYNAMODB, "TransactWriteItems", "InvalidSignatureException", "on AuditTable, LicensesTable"),
    Case(issue_one, queue_client.client, "SendMessage", "AccessDenied", "SQS refused SendMessage on IssueQueue"),
    Case(issue_one, queue_client.client, "SendMessage", "AWS.SimpleQueueService.NonExistentQueue", "on IssueQueue"),
    Case(
        replay_one,
        queue_client.client,
        "SendMessageBatch",
        "QueueDoesNotExist",
        "SQS refused SendMessageBatch on IssueQueue",
    ),
    Case(replay_all, queue_client.client, "SendMessageBatch", "KMS.AccessDeniedException", "on IssueQueue"),
    Case(store_secret, SSM, "PutParameter", "AccessDeniedException", "on /keystack/test/webhook-secret/acme"),
    Case(preview, SSM, "GetParameter", "InvalidKeyId", "SSM refused GetParameter on /keystack/test/stripe-key/acme"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.call.__name__}-{case.operation}-{case.code}")
def test_a_refusal_is_a_500_that_is_counted_and_logged_as_an_error(
    api: VendorApi,
    world: World,
    clock: Clock,
    case: Case,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.issue(purchase(1))  # a failed delivery to replay: Stripe does not know it
    world.stripe.sell(purchase(1), ("price_pro_monthly", 1))
    parameters.forget_all()
    capsys.readouterr()
    caplog.clear()
    with refused(case.client(), case.operation, case.code):
        answer = case.call(api)
    assert (answer.status, answer.problem) == (500, "internal-error")
    assert "KeyStack failed, which is not your request's fault" in answer.json["detail"]
    assert counted(capsys) == {"ApiAnswered500": [1]}
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert case.logged in error.reason  # type: ignore[attr-defined]
    assert f"({case.code})" in error.reason  # type: ignore[attr-defined]
    clock.forward(5)  # SSM is not asked again before
    assert case.call(api).status in (200, 201, 202)


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Read the answers that were counted, as CloudWatch reads them from the log (embedded metric format)."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {name: value for line in lines for name, value in line.items() if name.startswith("ApiAnswered")}


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestThrottled", "LimitExceededException"])
def test_throttling_is_a_503_to_wait_out(api: VendorApi, code: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    with refused(dynamodb.client(), "Query", code):
        answer = list_plans(api)
    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "retry-later", "2")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_what_was_issued_and_not_queued_is_mailed_by_the_same_request(api: VendorApi, world: World) -> None:
    with refused(queue_client.client(), "SendMessage", "AccessDenied"):
        assert issue_one(api).status == 500
    assert (issue_one(api).status, len(work(world)), len(world.mails.sent)) == (200, 1, 1)


def test_a_call_that_cannot_be_repeated_has_its_licenses_and_is_told_what_was_refused(api: VendorApi) -> None:
    with refused(queue_client.client(), "SendMessage", "AccessDenied"):
        answer = issue(api, send_email=True)
    assert len(licenses(answer)) == 1
    email = answer.json["order"]["effects"]["email"]
    assert email["state"] == "failed"
    assert "SQS refused SendMessage on IssueQueue (AccessDenied)" in email["reason"]
    assert "/resend does what is missing" in email["reason"]


@pytest.mark.parametrize(
    ("client", "operation"), [(SSM, "GetParameter"), (queue_client.client, "SendMessage")], ids=["secret", "queue"]
)
def test_stripe_is_asked_to_send_it_again(
    world: World, clock: Clock, client: Any, operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    parameters.forget_all()
    with refused(client(), operation, "AccessDeniedException"):
        assert verifier.handler(request(purchase(1)), Context())["statusCode"] == 503
    assert [record.levelname for record in caplog.records if "not taken" in record.message] == ["ERROR"]
    clock.forward(5)  # SSM is not asked again before
    assert verifier.handler(request(purchase(1)), Context())["statusCode"] == 200
