"""Tables and queues in moto, made of template.yaml's own resources; and the messages of the queues."""

import copy
import importlib
import json
from collections import defaultdict
from functools import cache
from types import ModuleType
from typing import Any

import boto3
from moto.backends import get_backend
from template import create_tables, resources

STAGE = "test"


@cache
def client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]  # its stubs want a literal


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


@cache
def only_cloud() -> Cloud:
    """Make the one of this process, in whose moto its tables stay."""
    return Cloud()


def message(org: str, event: dict[str, Any], source: str = "stripe") -> str:
    return json.dumps({"org": org, "received_at": event["created"], "event": event, "source": source})


def function(name: str) -> ModuleType:
    return importlib.import_module(name)
