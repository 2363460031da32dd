"""The one client of SQS: it sends messages, hides them for a while, and turns SQS's errors into ours.

The verifier imports this: nothing heavy.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keystack import environment
from keystack.aws_errors import from_aws
from keystack.domain.queues import Queue
from keystack.errors import InvalidInputError
from keystack.queues.messages import Message, to_body

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Source: Amazon SQS Developer Guide, "Message quotas".
MAX_MESSAGE_BYTES = 1_048_576  # escaping can make a message larger than the event it holds
MAX_BATCH_BYTES = 1_000_000  # of a batch, below SQS's 1 MiB; a larger single message goes alone
MAX_IN_BATCH = 10
BATCH_ATTEMPTS = 3  # at the messages of a batch that SQS did not take


class MessageTooLargeError(InvalidInputError):
    """SQS takes no message of this size."""


def send(queue: Queue, message: Message) -> None:
    """Put a message into a queue. Raises MessageTooLargeError, and RetryLaterError when SQS does not take it."""
    body = to_body(message)
    if len(body) > MAX_MESSAGE_BYTES:
        raise MessageTooLargeError(f"event {message.event['id']} is too large for a queue")
    url = _url(queue)
    try:
        client().send_message(QueueUrl=url, MessageBody=body, MessageGroupId=message.org)
    except (ClientError, BotoCoreError) as error:
        raise from_aws("SQS", _name(url), error) from error


def send_batch(queue: Queue, org: str, bodies: Mapping[str, str]) -> list[str]:
    """Put messages (id → body; at most MAX_IN_BATCH, MAX_BATCH_BYTES) into a queue.

    Returns the ids of those that SQS did not take, also when they were sent again. Raises RetryLaterError.
    """
    url, waiting = _url(queue), dict(bodies)
    for attempt in range(BATCH_ATTEMPTS):
        try:
            answer = client().send_message_batch(
                QueueUrl=url,
                Entries=[{"Id": id_, "MessageBody": body, "MessageGroupId": org} for id_, body in waiting.items()],
            )
        except (ClientError, BotoCoreError) as error:
            raise from_aws("SQS", _name(url), error) from error
        failed = answer.get("Failed", [])
        waiting = {each["Id"]: waiting[each["Id"]] for each in failed}
        if not waiting or all(each["SenderFault"] for each in failed):
            break
        time.sleep(0.1 * 2**attempt)
    return list(waiting)


def hide(queue_arn: str, receipt_handle: str, seconds: int) -> None:
    """Hide a received message for so long; then SQS delivers it again. Raises RetryLaterError."""
    url = _url_of_arn(queue_arn)
    try:
        client().change_message_visibility(QueueUrl=url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)
    except (ClientError, BotoCoreError) as error:
        raise from_aws("SQS", _name(url), error) from error


@cache
def client() -> "SQSClient":
    """Make one client a process, with the timeouts that the most hurried function, the verifier, needs.

    A call ends within 5 s: two attempts of 2 s each and up to 1 s between them (functions/verifier/time_left.py). SQS
    answers in some 10 ms, a full batch included, so a second attempt helps more than a longer wait; and what failed
    is sent again by Stripe, by SQS or by the API's caller.
    """
    config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("sqs", config=config)


def _url(queue: Queue) -> str:
    return environment.variable(f"{queue.upper()}_QUEUE_URL")


def _url_of_arn(arn: str) -> str:
    """An ARN is arn:aws:sqs:{region}:{account}:{name}; SQS also takes the queue's URL built from it."""
    account, name = arn.split(":")[-2:]
    return f"{client().meta.endpoint_url}/{account}/{name}"


def _name(url: str) -> str:
    return url.rpartition("/")[2]
