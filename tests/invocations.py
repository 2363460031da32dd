"""What Lambda hands to a handler: its context, and messages of an SQS queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Context:
    """The second argument of a handler; `remaining` is in milliseconds."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    remaining: int | Callable[[], int] = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining if isinstance(self.remaining, int) else self.remaining()


def sqs_record(body: str, identity: str = "message-0", queue: str = "IssueQueue", received: int = 1) -> dict[str, Any]:
    """Shape one message as the event source mapping does."""
    return {
        "messageId": identity,
        "receiptHandle": identity,
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": "0"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
        "awsRegion": "eu-west-1",
    }


def sqs_event(*bodies: str, queue: str = "IssueQueue", received: int = 1) -> dict[str, Any]:
    """Shape a batch of messages: message-0, message-1 and so on."""
    return {"Records": [sqs_record(body, f"message-{n}", queue, received) for n, body in enumerate(bodies)]}
