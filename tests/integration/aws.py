"""Tables and queues in moto, made of template.yaml's own resources; and the way events reach handlers."""

import copy
import importlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import boto3
from moto.backends import get_backend
from template import create_tables, resources

STAGE = "test"


@cache
def client(service: str) -> Any:
    return boto3.client(service)


def create_queues() -> dict[str, str]:
    client = boto3.client("sqs")
    return {name: client.create_queue(QueueName=name)["QueueUrl"] for name in resources("AWS::SQS::Queue")}


def backend(service: str) -> Any:
    """What moto keeps of a service."""
    return get_backend(service)["123456789012"]["eu-west-1"]  # type: ignore[call-overload]


class Cloud:
    """What moto holds, kept and put back: creating everything anew for each test would take minutes."""

    def __init__(self) -> None:
        create_tables(boto3.client("dynamodb"))
        create_queues()

    def empty(self) -> None:
        self.restore({}, {})

    def kept(self) -> tuple[Any, Any]:
        items = {name: copy.deepcopy(table.items) for name, table in backend("dynamodb").tables.items()}
        return items, copy.deepcopy(dict(backend("ssm")._parameters))

    def restore(self, items: Any, parameters: Any) -> None:
        for name, table in backend("dynamodb").tables.items():
            table.items = copy.deepcopy(items.get(name)) or defaultdict(dict)
        backend("ssm")._parameters.clear()
        backend("ssm")._parameters.update(copy.deepcopy(parameters))
        for queue in backend("sqs").queues.values():
            queue._messages, queue._pending_messages = [], set()


@dataclass
class Context:
    """What Lambda hands to a handler."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    remaining: int = 60_000
    log: list[str] = field(default_factory=list)

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


def sqs_event(*bodies: str, queue: str = "IssueQueue", received: int = 1) -> dict[str, Any]:
    """Shape bodies as the event source mapping does."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": "0"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def message(org: str, event: dict[str, Any], source: str = "stripe") -> str:
    return json.dumps({"org": org, "received_at": event["created"], "event": event, "source": source})


def function(name: str) -> ModuleType:
    return importlib.import_module(name)
