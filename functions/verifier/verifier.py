"""Checks Stripe's signature, picks the queue by event type, sends, answers. Imports as little as it can."""

import base64
import json
import os
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from keystack.domain.organizations import is_slug
from keystack.errors import KeystackError
from keystack.logs import logger
from keystack.services.messages import STRIPE, Message, to_body
from keystack.services.settings import required
from keystack.services.strict_json import read_json
from keystack.storage import secrets
from keystack.stripe.routes import EXPIRE, FREEZE, ISSUE, ignored_because, queue_of
from keystack.stripe.signatures import why_rejected

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

required("STAGE", "ISSUE_QUEUE_URL", "FREEZE_QUEUE_URL", "EXPIRE_QUEUE_URL", "DELIVERIES_TABLE")
QUEUES = {
    ISSUE: os.environ["ISSUE_QUEUE_URL"],
    FREEZE: os.environ["FREEZE_QUEUE_URL"],
    EXPIRE: os.environ["EXPIRE_QUEUE_URL"],
}
MOST_BYTES = 256 * 1024  # of a body; Stripe's events stay far below
MOST_SENT = 1_048_576  # SQS's limit; escaping can make a message larger than the body it holds
RECHECK = 5  # seconds; a rotated secret takes effect at once, and nobody can make us ask SSM all the time
EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")

metrics = Metrics()
_counted: dict[str, int] = {}  # organization → the minute whose rejections it has on record


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer = _answer_to(event)
    metrics.add_metric(f"Answered{answer['statusCode']}", MetricUnit.Count, 1)
    return answer


def _answer_to(event: dict[str, Any]) -> dict[str, Any]:
    org = str((event.get("pathParameters") or {}).get("org", ""))
    try:
        body = _raw_body(event)
    except ValueError:
        return _problem(400, "the request's body is not what its encoding says")
    if len(body) > MOST_BYTES:
        return _problem(413, f"the body has more than {MOST_BYTES} bytes: no Stripe event has")
    try:
        return _take(org, str((event.get("headers") or {}).get("stripe-signature", "")), body)
    except (KeystackError, ClientError, BotoCoreError) as error:
        logger.error("not taken; Stripe will send it again", org=org, error=type(error).__name__, reason=str(error))
        return _problem(503, "KeyStack cannot take the event just now: send it again later")


def _take(org: str, signature: str, body: bytes) -> dict[str, Any]:
    """Verify, route, send."""
    now = time.time()
    known = secrets.webhook_secrets(org) if is_slug(org) else []
    reason = why_rejected(signature, body, known, now)
    if reason and is_slug(org):  # the secret may have been rotated since we read it
        fresh = secrets.webhook_secrets(org, max_age=RECHECK)
        if fresh != known:
            known, reason = fresh, why_rejected(signature, body, fresh, now)
    if reason:
        return _rejected(org, reason, bool(known), int(now))
    event = _event(body)
    if event is None:
        return _problem(400, "the body is signed, and not a JSON object with an id and a type")
    logger.append_keys(org=org, event_id=event["id"], event_type=event["type"])
    queue = queue_of(event)
    if queue is None:
        return _ignored(org, event, int(now))
    message = to_body(Message(org, int(now), event, STRIPE))
    if len(message) > MOST_SENT:
        return _problem(413, "the event is too large for the queue: report it to KeyStack with its id")
    _sqs().send_message(QueueUrl=QUEUES[queue], MessageBody=message, MessageGroupId=org)
    logger.info("taken", queue=queue)
    return _answer(200, {"received": True})


def _raw_body(event: dict[str, Any]) -> bytes:
    """Undo API Gateway's base64: the signature is over the bytes that Stripe sent."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return str(body).encode("utf-8")


def _event(body: bytes) -> dict[str, Any] | None:
    """Parse an event; None if it is not a JSON object with `id` and `type`, or not JSON at all (NaN, bad UTF-8)."""
    try:
        event = read_json(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or not event["type"]:
        return None
    return event if isinstance(event.get("id"), str) and EVENT_ID.fullmatch(event["id"]) else None


def _rejected(org: str, reason: str, exists: bool, now: int) -> dict[str, Any]:
    """Count it, and show it under Deliveries once a minute; the answer tells nobody which organizations exist."""
    metrics.add_metric("SignaturesRejected", MetricUnit.Count, 1)
    logger.warning("rejected", org=org[:40], reason=reason if exists else "no such organization, or it has no secret")
    if exists and _counted.get(org) != now // 60:
        from keystack.storage import deliveries  # DynamoDB's client is for the rare case only

        _counted[org] = now // 60
        try:
            deliveries.count_rejected(org, reason, now)
        except KeystackError as error:  # a rejected request is none of Stripe's: nothing to send again
            logger.warning("the rejection could not be put on record", reason=str(error))
    return _problem(400, "the request is not signed by Stripe with this endpoint's secret")


def _ignored(org: str, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Put it on record: nothing is dropped in silence."""
    from keystack.storage import deliveries

    reason = ignored_because(event)
    deliveries.record(deliveries.Delivery(org, event, now, deliveries.IGNORED, reason), now)
    logger.info("ignored", reason=reason)
    return _answer(200, {"ignored": True})


@cache
def _sqs() -> "SQSClient":
    # At most 6 s and a pause: an outage must end in our 503, not in the function's timeout.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("sqs", config=config)


def _problem(status: int, detail: str) -> dict[str, Any]:
    """Source: RFC 9457, "Problem Details for HTTP APIs"."""
    titles = {400: "Bad Request", 413: "Content Too Large", 503: "Service Unavailable"}
    answer = _answer(status, {"title": titles[status], "status": status, "detail": detail})
    return {**answer, "headers": {"content-type": "application/problem+json"}}


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
