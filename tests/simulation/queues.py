"""SQS in memory: standard queues with visibility timeouts, redelivery and dead letters, as template.yaml sets them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from template import resources

from simulation.calls import Call, Calls, aws_failures, refused
from simulation.clock import Clock

MOST_BYTES = 1_048_576
# Source: Amazon SQS API Reference, SendMessage: what a body may not contain.
REFUSED = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Message:
    id: str
    body: str
    received: int = 0
    visible_at: float = 0


@dataclass
class Queues:
    """Takes the place of KeyStack's client. `waiting`: what each queue holds, the oldest first."""

    calls: Calls
    clock: Clock
    waiting: dict[str, list[Message]] = field(default_factory=lambda: {name: [] for name in _queues()})
    sent: int = 0

    endpoint = "https://sqs.eu-west-1.amazonaws.com"

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> Any:
        queue = _name(request["QueueUrl"])
        match operation:
            case "SendMessage":
                return self._send(queue, request)
            case "SendMessageBatch":
                for entry in request["Entries"]:
                    self._send(queue, entry)
                return {"Failed": []}
            case "ChangeMessageVisibility":
                return self._hide(queue, request["ReceiptHandle"], request["VisibilityTimeout"])
        raise AssertionError(f"the model of SQS has no {operation}")

    def _send(self, queue: str, entry: Mapping[str, Any]) -> Any:
        body = entry["MessageBody"]

        def send() -> Any:
            if not body or REFUSED.search(body) or len(body.encode()) > MOST_BYTES:
                raise refused("SendMessage", "InvalidMessageContents")
            self.sent += 1
            self.waiting[queue].append(Message(f"message-{self.sent}", body))
            return {}

        return self._make("SendMessage", f"{queue}:{entry['MessageGroupId']}", send)

    def _hide(self, queue: str, receipt_handle: str, seconds: int) -> Any:
        def change() -> Any:
            for message in self.waiting[queue]:
                if message.id == receipt_handle:
                    message.visible_at = self.clock.now + seconds
            return {}

        return self._make("ChangeMessageVisibility", queue, change)

    def _make(self, operation: str, subject: str, act: Callable[[], Any]) -> Any:
        needs = frozenset({(f"sqs:{operation}", subject.partition(":")[0])})
        return self.calls.make(Call("sqs", operation, subject, needs), act, aws_failures(operation))

    def poison(self, queue: str, place: int) -> None:
        """Put in a message that is none of KeyStack's, among those that wait."""
        self.sent += 1
        self.waiting[queue].insert(place, Message(f"message-{self.sent}", '{"org": 7}'))

    # ------------------------------------------------- what Lambda does

    def receive(self, queue: str, most: int | None = None) -> list[Message]:
        """Take a batch of visible messages; what was received too often goes to the dead-letter queue instead."""
        dead_letters, most_received = _redrive(queue)
        for message in [each for each in self._visible(queue) if each.received >= most_received]:
            self.waiting[queue].remove(message)
            self.waiting[dead_letters].append(Message(message.id, message.body))
        batch = self._visible(queue)[: most or _batch_size(queue)]
        for message in batch:
            message.received += 1
            message.visible_at = self.clock.now + int(_queues()[queue]["VisibilityTimeout"])
        return batch

    def delete(self, queue: str, messages: list[str]) -> None:
        self.waiting[queue] = [each for each in self.waiting[queue] if each.id not in messages]

    def next_visible(self, queues: Iterable[str]) -> float | None:
        """Say when a message of these queues can be received next, if there is one."""
        return min((message.visible_at for name in queues for message in self.waiting[name]), default=None)

    def _visible(self, queue: str) -> list[Message]:
        return [message for message in self.waiting[queue] if message.visible_at <= self.clock.now]


def _queues() -> dict[str, Any]:
    return resources("AWS::SQS::Queue")


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def _redrive(queue: str) -> tuple[str, float]:
    policy = _queues()[queue].get("RedrivePolicy")
    if not policy:
        return "", float("inf")
    target = policy["deadLetterTargetArn"]["Fn::GetAtt"]
    return target[0] if isinstance(target, list) else target.split(".")[0], int(policy["maxReceiveCount"])


@cache
def _batch_size(queue: str) -> int:
    """Say how many messages a function is given at once."""
    for function in resources("AWS::Serverless::Function").values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS" and queue in str(event["Properties"]["Queue"]):
                return int(event["Properties"].get("BatchSize", 10))
    return 1
