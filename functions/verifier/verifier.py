"""Checks Stripe's signature, picks the queue by event type, sends, answers. Imports as little as it can."""

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from answers import json_response, problem_response
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from keystack import environment
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.slugs import is_slug
from keystack.errors import KeystackError
from keystack.logs import configure_logging, logger
from keystack.queues.client import MessageTooLargeError, send
from keystack.queues.messages import STRIPE, Message
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.mappings import existence
from keystack.strict_json import read_json
from keystack.stripe.event_routing import ignored_because, queue_of
from keystack.stripe.signatures import header_problem, is_signed
from rejections import NO_ORGANIZATION, reject
from time_left import require_time

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    issue_queue_url: str
    freeze_queue_url: str
    expire_queue_url: str
    deliveries_table: str
    mappings_table: str


ENVIRONMENT = environment.read(Environment)
MAX_BODY_BYTES = 256 * 1024  # Stripe's events stay far below
MAX_ID_CHARACTERS = 255

metrics = Metrics()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    answer = _answer_to(event, context)
    metrics.add_metric(f"Answered{answer['statusCode']}", MetricUnit.Count, 1)
    return answer


def _answer_to(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    org = str((event.get("pathParameters") or {}).get("org", ""))
    header = str((event.get("headers") or {}).get("stripe-signature", ""))
    try:
        body = _raw_body(event)
    except ValueError:
        return problem_response(400, "the request's body is not what its encoding says")
    if len(body) > MAX_BODY_BYTES:
        return problem_response(413, f"the body has more than {MAX_BODY_BYTES} bytes: no Stripe event has")
    try:
        reason = _why_rejected(org, header, body, context)
        if reason:
            reject(org, reason, _source_ip(event), context)
            # The same for every reason: the answer does not show which organizations exist.
            return problem_response(400, "the request is not signed by Stripe with this endpoint's secret")
        return _take(org, body, context)
    except KeystackError as error:
        logger.error("not taken; Stripe will send it again", org=org, error=type(error).__name__, reason=str(error))
        return problem_response(503, "KeyStack cannot take the event just now: send it again later")


def _raw_body(event: dict[str, Any]) -> bytes:
    """Undo API Gateway's base64: the signature is over the bytes that Stripe sent."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return str(body).encode("utf-8")


def _source_ip(event: dict[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("http", {}).get("sourceIp", ""))


def _why_rejected(org: str, header: str, body: bytes, context: "LambdaContext") -> str:
    """Say why a request is not Stripe's, an empty string if it is. The cheapest checks come first."""
    reason = header_problem(header, time.time())
    if reason:
        return reason
    if not is_slug(org) or not existence.exists(org):
        return NO_ORGANIZATION
    require_time(context)
    known = secrets.webhook_secrets(org)
    if is_signed(header, body, known):
        return ""
    require_time(context)
    known = secrets.webhook_secrets(
        org, max_age=secrets.MIN_SECONDS_BETWEEN_READS
    )  # it may have been rotated since we read it
    if is_signed(header, body, known):
        return ""
    if not known:
        return "no signing secret is stored: PUT /v1/settings/webhook-secret"
    return "the signature does not match: is the endpoint's signing secret the one that is stored?"


def _take(org: str, body: bytes, context: "LambdaContext") -> dict[str, Any]:
    """Route and send what Stripe has signed."""
    event, now = _event(body), int(time.time())
    if event is None:
        return problem_response(400, "the body is signed, and not a JSON object with an id and a type")
    logger.append_keys(org=org, event_id=event["id"], event_type=event["type"])
    require_time(context)
    queue = queue_of(event)
    if queue is None:
        return _ignored(org, event, now)
    try:
        send(queue, Message(org, now, event, STRIPE))
    except MessageTooLargeError:
        return problem_response(413, "the event is too large for the queue: report it to KeyStack with its id")
    logger.info("taken", queue=queue)
    return json_response(200, {"received": True})


def _event(body: bytes) -> dict[str, Any] | None:
    """Parse an event; None if it is not a JSON object with `id` and `type`, or not JSON at all (NaN, bad UTF-8)."""
    try:
        event = read_json(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or not event["type"]:
        return None
    return event if _is_id(event.get("id")) else None


def _is_id(value: object) -> bool:
    """Tell whether `value` looks like an id of Stripe's: letters, digits, `_` and `-`."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS:
        return False
    return value.isascii() and value.replace("_", "a").replace("-", "a").isalnum()


def _ignored(org: str, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Put an ignored event on record, so that nothing is dropped in silence."""
    reason = ignored_because(event)
    deliveries.record(deliveries.Delivery(org, event, now, DeliveryStatus.IGNORED, reason), now, quick=True)
    logger.info("ignored", reason=reason)
    return json_response(200, {"ignored": True})
