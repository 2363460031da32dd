"""Calls to AWS: as botocore would make them, tried again only where that is right, and their errors read."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session
from keystack.aws import connections
from keystack.aws.client import Client, Patience, Service
from keystack.aws.connections import Answer, Timeouts
from keystack.aws.errors import AwsError, NoAnswerError, RefusedError
from keystack.mail.ses import SEND_EMAIL, SES
from keystack.queues.client import SQS
from keystack.storage.dynamodb import DYNAMODB
from keystack.storage.parameters import SSM

SERVICES = {"sqs": SQS, "ssm": SSM, "dynamodb": DYNAMODB, "sesv2": SES}
SUFFIXES = {  # what AWS::URLSuffix is in each partition: AWS General Reference, and botocore's own data
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
PATIENCE = Patience(Timeouts(1, 1), attempts=3)
KEY = {"pk": {"S": "acme"}, "sk": {"S": "ORG"}}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "URL_SUFFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE==")


class Wire:
    """What was sent, each answered with the next of `answers`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, str], bytes, Timeouts]] = []
        self.answers: list[Answer | Exception] = []
        self.waits: list[float] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts) -> Answer:
        self.sent.append((url, headers, body, timeouts))
        answer = self.answers.pop(0) if self.answers else Answer(200, {}, b"{}")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(connections, "post", wire.post)
    monkeypatch.setattr(time, "sleep", wire.waits.append)
    return wire


# ------------------------------------------------------------ as botocore does


@pytest.mark.parametrize("partition", SUFFIXES)
def test_a_services_host_is_that_of_the_region_in_its_partition(
    monkeypatch: pytest.MonkeyPatch, partition: str
) -> None:
    monkeypatch.setenv("URL_SUFFIX", SUFFIXES[partition])
    session: Any = Session()
    compared = 0
    for name, service in SERVICES.items():
        for region in session.get_available_regions(name, partition)[:3]:
            monkeypatch.setenv("AWS_REGION", region)
            expected = session.create_client(name, region_name=region).meta.endpoint_url
            assert Client(service, PATIENCE).endpoint == expected
            compared += 1
    assert compared >= 3


def test_every_partition_that_botocore_knows_is_looked_at() -> None:
    session: Any = Session()
    assert set(session.get_available_partitions()) == set(SUFFIXES)


@pytest.mark.parametrize("given", ["http://127.0.0.1:4566", "http://127.0.0.1:4566/", "https://emulator.example/aws"])
def test_another_endpoint_takes_the_place_of_them_all(monkeypatch: pytest.MonkeyPatch, wire: Wire, given: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", given)
    Client(SQS, PATIENCE).call("SendMessage", {})
    Client(SES, PATIENCE).call("SendEmail", {}, SEND_EMAIL)
    base = given.rstrip("/")
    assert [url for url, *_ in wire.sent] == [f"{base}/", f"{base}{SEND_EMAIL}"]


QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/IssueQueue"
RAW = {"Destination": {"ToAddresses": ["ada@example.com"]}, "Content": {"Raw": {"Data": "RnJvbTo="}}}
CALLS: list[tuple[str, str, dict[str, Any], str, Callable[[Any], object]]] = [
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": QUEUE, "MessageBody": "{}", "MessageGroupId": "acme"},
        "",
        lambda sqs: sqs.send_message(QueueUrl=QUEUE, MessageBody="{}", MessageGroupId="acme"),
    ),
    (
        "ssm",
        "GetParameter",
        {"Name": "/keystack/prod/smtp-url", "WithDecryption": True},
        "",
        lambda ssm: ssm.get_parameter(Name="/keystack/prod/smtp-url", WithDecryption=True),
    ),
    (
        "dynamodb",
        "GetItem",
        {"TableName": "t", "Key": KEY},
        "",
        lambda dynamodb: dynamodb.get_item(TableName="t", Key=KEY),
    ),
    (
        "sesv2",
        "SendEmail",
        RAW,
        SEND_EMAIL,
        lambda ses: ses.send_email(
            Destination={"ToAddresses": ["ada@example.com"]}, Content={"Raw": {"Data": b"From:"}}
        ),
    ),
]
NOT_SENT = {"Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "User-Agent", "Content-Length"}  # of the SDK's own, unsigned
FOR_OLD_CLIENTS = "X-Amzn-Query-Mode"  # asks SQS for the error codes of its former protocol


@pytest.mark.parametrize(("name", "operation", "request_", "path", "by_boto3"), CALLS, ids=lambda each: str(each)[:12])
def test_a_call_is_sent_as_boto3_sends_it(
    wire: Wire,
    name: str,
    operation: str,
    request_: dict[str, Any],
    path: str,
    by_boto3: Callable[[Any], object],
) -> None:
    theirs: list[Any] = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        theirs.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw(b"{}"))

    client: Any = boto3.Session().client(name)  # type: ignore[call-overload]  # its stubs want a literal
    client.meta.events.register_first("before-send", keep)  # another test's moto may be on
    by_boto3(client)
    Client(SERVICES[name], PATIENCE).call(operation, request_, path)
    [(url, headers, body, _)] = wire.sent
    [sent] = theirs
    expected = {each.title(): text(value) for each, value in sent.headers.items() if each.title() not in NOT_SENT}
    assert (url, json.loads(body)) == (sent.url, json.loads(sent.body))
    different = {"Authorization", "X-Amz-Date", "Host", FOR_OLD_CLIENTS}  # white space in the body, and the second
    assert {each: value for each, value in expected.items() if each not in different} == {
        each: value for each, value in headers.items() if each not in different
    }
    signed_by = expected["Authorization"].partition("Signature=")[0].replace(f";{FOR_OLD_CLIENTS.lower()}", "")
    assert headers["Authorization"].partition("Signature=")[0] == signed_by


class Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


# ------------------------------------------------------------------- trying again

BUSY = Answer(400, {}, b'{"__type": "com.amazonaws.sqs#ThrottlingException"}')
DOWN = Answer(503, {}, b"<html>")
PORTAL = Answer(200, {}, b"<html>a portal's page</html>")
DENIED = Answer(400, {}, b'{"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "no"}')
LOST, UNREACHABLE = NoAnswerError("TimeoutError", sent=True), NoAnswerError("gaierror", sent=False)
DONE = Answer(200, {}, b'{"MessageId": "1"}')


@pytest.mark.parametrize("trouble", [BUSY, DOWN, LOST, UNREACHABLE, PORTAL])
def test_what_passes_is_tried_again_after_a_while(wire: Wire, trouble: Answer | Exception) -> None:
    wire.answers = [trouble, trouble, DONE]
    assert Client(SQS, PATIENCE).call("SendMessage", {"MessageBody": "x"}) == {"MessageId": "1"}
    assert len({body for _, _, body, _ in wire.sent}) == 1
    first, second = wire.waits
    assert 0 <= first <= 1
    assert 0 <= second <= 2


def test_the_waits_differ_so_that_those_who_failed_together_do_not_come_back_together(wire: Wire) -> None:
    for _ in range(20):
        wire.answers = [BUSY, DONE]
        Client(SQS, PATIENCE).call("SendMessage", {})
    assert len(set(wire.waits)) > 10
    assert max(wire.waits) <= 1


def test_each_wait_may_be_twice_as_long_as_the_one_before(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 1.0)
    wire.answers = [BUSY, BUSY, BUSY, DONE]
    Client(SQS, PATIENCE._replace(attempts=4)).call("SendMessage", {})
    assert wire.waits == [1, 2, 4]


@pytest.mark.parametrize("trouble", [BUSY, DOWN, LOST, UNREACHABLE])
@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_the_last_trouble_is_told_when_the_attempts_are_over(
    wire: Wire, trouble: Answer | Exception, attempts: int
) -> None:
    wire.answers = [trouble] * attempts
    with pytest.raises(AwsError):
        Client(SQS, PATIENCE._replace(attempts=attempts)).call("SendMessage", {})
    assert (len(wire.sent), len(wire.waits)) == (attempts, attempts - 1)


def test_a_refusal_that_waiting_does_not_mend_is_told_at_once(wire: Wire) -> None:
    wire.answers = [DENIED]
    with pytest.raises(RefusedError) as raised:
        Client(SQS, PATIENCE).call("SendMessage", {})
    error = raised.value
    assert (error.operation, error.code, error.status, error.message) == (
        "SendMessage",
        "AccessDeniedException",
        400,
        "no",
    )
    assert wire.waits == []


def test_a_call_that_may_not_happen_twice_is_made_again_only_where_it_surely_did_not_happen(wire: Wire) -> None:
    client = Client(SES, PATIENCE._replace(repeats_lost=False))
    wire.answers = [UNREACHABLE, BUSY, DONE]
    client.call("SendEmail", {}, SEND_EMAIL)
    for unsure in (LOST, DOWN, PORTAL):
        wire.sent.clear()
        wire.answers = [unsure, DONE]
        with pytest.raises(AwsError):
            client.call("SendEmail", {}, SEND_EMAIL)
        assert len(wire.sent) == 1


def test_each_attempt_is_signed_anew(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1_790_000_000, 1_790_000_400])  # AWS takes a signature for five minutes
    monkeypatch.setattr(time, "time", lambda: next(times))
    wire.answers = [LOST, DONE]
    Client(SQS, PATIENCE).call("SendMessage", {})
    assert [headers["X-Amz-Date"] for _, headers, _, _ in wire.sent] == ["20260921T141320Z", "20260921T142000Z"]


# ------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (
            Answer(400, {}, b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}'),
            "ConditionalCheckFailedException",
        ),
        (Answer(400, {}, b'{"__type": "ParameterNotFound"}'), "ParameterNotFound"),
        (Answer(400, {}, b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"}'), "QueueDoesNotExist"),
        (Answer(400, {"x-amzn-errortype": "MessageRejected"}, b'{"message": "no"}'), "MessageRejected"),
        (
            Answer(404, {"x-amzn-errortype": "NotFoundException:http://internal.amazon.com/x#y"}, b"{}"),
            "NotFoundException",
        ),
        (Answer(400, {}, b'{"code": "BadRequestException"}'), "BadRequestException"),
        (Answer(400, {"x-amzn-errortype": "FromHeader"}, b'{"__type": "FromBody", "code": "x"}'), "FromHeader"),
        (Answer(403, {}, b"<html>a proxy's page</html>"), "403"),
        (Answer(400, {}, b"[1]"), "400"),
        (Answer(302, {}, b""), "302"),
    ],
)
def test_an_errors_code_is_read_wherever_it_stands(wire: Wire, answer: Answer, code: str) -> None:
    wire.answers = [answer]
    with pytest.raises(RefusedError) as raised:
        Client(DYNAMODB, PATIENCE).call("PutItem", {})
    assert (raised.value.code, raised.value.status) == (code, answer.status)


def test_an_empty_answer_says_that_it_is_done(wire: Wire) -> None:
    wire.answers = [Answer(200, {}, b"")]
    assert Client(SQS, PATIENCE).call("ChangeMessageVisibility", {}) == {}


def test_why_a_transaction_was_cancelled_is_in_the_answer(wire: Wire) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    body = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": reasons}
    wire.answers = [Answer(400, {}, json.dumps(body).encode())]
    with pytest.raises(RefusedError) as raised:
        Client(DYNAMODB, PATIENCE).call("TransactWriteItems", {})
    assert raised.value.answer["CancellationReasons"] == reasons


def test_a_session_token_is_sent_only_where_there_is_one(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    Client(SQS, PATIENCE).call("SendMessage", {})
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    Client(SQS, PATIENCE).call("SendMessage", {})
    assert [headers.get("X-Amz-Security-Token") for _, headers, _, _ in wire.sent] == [
        "IQoJb3JpZ2luX2VjEXAMPLE==",
        None,
    ]


def test_a_service_without_target_tells_operations_by_path(wire: Wire) -> None:
    Client(Service("x", "x", "application/json"), PATIENCE).call("DoIt", {}, "/v1/do")
    [(url, headers, _, timeouts)] = wire.sent
    assert (url, "X-Amz-Target" in headers, timeouts) == (
        "https://x.eu-west-1.amazonaws.com/v1/do",
        False,
        Timeouts(1, 1),
    )
