"""Hand an order's waiting effects over to the issuer: whoever calls the API waits for neither Stripe nor a mail server.

The message is an event of our own. So it is recorded as a delivery, tried again, seen and replayed like Stripe's.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack.aws_errors import from_aws
from keystack.domain.orders import Order
from keystack.queues.messages import API, ORDER_ISSUED, Message, to_body

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def hand_over(order: Order, event: str, now: int) -> None:
    """Let the issuer do what is not done of the order's effects; `event` names the delivery.

    Raises RetryLaterError when the queue does not take it.
    """
    told = {
        "id": event,
        "type": ORDER_ISSUED,
        "created": now,
        "livemode": order.livemode,
        "data": {"object": {"id": order.id, "object": "order"}},
    }
    url = os.environ["ISSUE_QUEUE_URL"]
    try:
        _sqs().send_message(
            QueueUrl=url,
            MessageBody=to_body(Message(order.org, now, told, API)),
            MessageGroupId=order.org,
        )
    except (ClientError, BotoCoreError) as error:
        cause = from_aws("SQS", url.rpartition("/")[2], error)
        raise type(cause)(f"order {order.id} is there, and its e-mail or metadata is not queued: {cause}") from error


@cache
def _sqs() -> "SQSClient":
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("sqs", config=config)
