"""Replay a delivery: put its event into its queue again. What is done already stays done."""

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from keystack.errors import ConflictError, InvalidInputError, RetryLaterError
from keystack.services.messages import ORDER_ISSUED, REPLAY, Message, to_body
from keystack.storage import deliveries
from keystack.stripe.routes import ISSUE, queue_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def replay(org: str, event: str) -> None:
    """Send the delivery of `event` on its way again.

    Raises InvalidInputError when there is no such delivery, ConflictError when it has nothing to replay,
    RetryLaterError when the queue does not answer.
    """
    delivery = deliveries.load(org, event)
    if delivery is None:
        raise InvalidInputError(f"there is no delivery {event[:100]}: deliveries are kept for 90 days")
    payload = deliveries.payload_of(delivery)
    queue = _queue_of(payload) if payload else None
    if payload is None or queue is None:
        raise ConflictError(f"delivery {event} is {delivery['status']}: there is nothing to replay")
    try:
        _sqs().send_message(
            QueueUrl=os.environ[f"{queue.upper()}_QUEUE_URL"],
            MessageBody=to_body(Message(org, int(time.time()), payload, REPLAY)),
            MessageGroupId=org,
        )
    except (ClientError, BotoCoreError) as error:
        raise RetryLaterError(f"the queue did not take delivery {event}: replay it again later") from error


def _queue_of(payload: dict[str, Any]) -> str | None:
    return ISSUE if payload["type"] == ORDER_ISSUED else queue_of(payload)


@cache
def _sqs() -> "SQSClient":
    return boto3.client("sqs")
