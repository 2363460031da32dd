"""The one client of SQS: it sends messages, hides them for a while, and turns SQS's errors into ours.

The verifier imports this: nothing heavy.
"""

import time
from collections.abc import Mapping
from functools import cache

from keystack import environment
from keystack.aws.client import Client, Patience, Service
from keystack.aws.connections import Timeouts
from keystack.aws.errors import AwsError, from_aws
from keystack.domain.queues import Queue
from keystack.errors import InvalidInputError
from keystack.queues.messages import Message, to_body

SQS = Service("sqs", "sqs", "application/x-amz-json-1.0", "AmazonSQS")
# The verifier is the most hurried: a call ends within 5 s, two attempts of 2 s each and up to 1 s between them
# (functions/verifier/time_left.py). SQS answers in some 10 ms, a full batch included, so a second attempt helps more
# than a longer wait; and what failed is sent again by Stripe, by SQS or by the API's caller.
PATIENCE = Patience(Timeouts(connect=1, read=1), attempts=2)

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
        client().call("SendMessage", {"QueueUrl": url, "MessageBody": body, "MessageGroupId": message.org})
    except AwsError as error:
        raise from_aws("SQS", _name(url), error) from error


def send_batch(queue: Queue, org: str, bodies: Mapping[str, str]) -> list[str]:
    """Put messages (id → body; at most MAX_IN_BATCH, MAX_BATCH_BYTES) into a queue.

    Returns the ids of those that SQS did not take, also when they were sent again. Raises RetryLaterError.
    """
    url, waiting = _url(queue), dict(bodies)
    for attempt in range(BATCH_ATTEMPTS):
        try:
            entries = [{"Id": id_, "MessageBody": body, "MessageGroupId": org} for id_, body in waiting.items()]
            answer = client().call("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
        except AwsError as error:
            raise from_aws("SQS", _name(url), error) from error
        failed = answer.get("Failed") or []  # empty, null, or left out
        waiting = {each["Id"]: waiting[each["Id"]] for each in failed}
        if not waiting or all(each["SenderFault"] for each in failed):
            break
        time.sleep(0.1 * 2**attempt)
    return list(waiting)


def hide(queue_arn: str, receipt_handle: str, seconds: int) -> None:
    """Hide a received message for so long; then SQS delivers it again. Raises RetryLaterError."""
    url = _url_of_arn(queue_arn)
    try:
        request = {"QueueUrl": url, "ReceiptHandle": receipt_handle, "VisibilityTimeout": seconds}
        client().call("ChangeMessageVisibility", request)
    except AwsError as error:
        raise from_aws("SQS", _name(url), error) from error


@cache
def client() -> Client:
    """Make the one client of this process."""
    return Client(SQS, PATIENCE)


def _url(queue: Queue) -> str:
    return environment.variable(f"{queue.upper()}_QUEUE_URL")


def _url_of_arn(arn: str) -> str:
    """An ARN is arn:aws:sqs:{region}:{account}:{name}; SQS also takes the queue's URL built from it."""
    account, name = arn.split(":")[-2:]
    return f"{client().endpoint}/{account}/{name}"


def _name(url: str) -> str:
    return url.rpartition("/")[2]
