"""One organization's world: deliver events to the handlers, then look at what became of them, through storage."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from invocations import Context, sqs_event
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import license_status
from keystack.queues import client as queue_client
from keystack.storage import dynamodb
from keystack.storage.attributes import from_item
from keystack.storage.audit.entries import entries_of
from keystack.storage.deliveries import deliveries
from keystack.storage.licenses.licenses import load_licenses
from keystack.storage.licenses.orders import load_order
from moto.dynamodb.models.utilities import dynamo_json_dump
from samples import purchase, sample

from integration.aws import backend, client, function, message
from integration.aws_calls import Request, When, hooked
from integration.stand_ins import Mails, Stripe

ORG = "acme"
QUEUES = {"issuer": "IssueQueue", "freezer": "FreezeQueue", "expirer": "ExpireQueue"}


class Crash(BaseException):
    """The process is gone: no `except Exception` sees it."""


class World:
    def __init__(self, stripe: Stripe, mails: Mails) -> None:
        self.stripe = stripe
        self.mails = mails
        self._invocations = 0

    # ------------------------------------------------------------ deliver

    def configure(self, **changed: Any) -> dict[str, Any]:
        answer: dict[str, Any] = function("organizations").handler(
            {**sample("organizations"), "org": ORG, **changed}, Context()
        )
        return answer

    def issue(self, *events: dict[str, Any], **how: Any) -> list[str]:
        return self.deliver("issuer", *events, **how)

    def freeze(self, *events: dict[str, Any], **how: Any) -> list[str]:
        return self.deliver("freezer", *events, **how)

    def expire(self, *events: dict[str, Any], **how: Any) -> list[str]:
        return self.deliver("expirer", *events, **how)

    def deliver(
        self, name: str, *events: dict[str, Any], org: str = ORG, received: int = 1, source: str = "stripe"
    ) -> list[str]:
        """Hand events to a worker as one batch; returns the ids of the events that it wants again."""
        bodies = [message(org, event, source) for event in events]
        failures = self.invoke(name, sqs_event(*bodies, queue=QUEUES[name], received=received))
        return [events[int(failure.removeprefix("message-"))]["id"] for failure in failures]

    def invoke(self, name: str, event: dict[str, Any], **context: Any) -> list[str]:
        """Invoke a worker as Lambda does, each time with another request id; returns the messages it wants again."""
        self._invocations += 1
        answer = function(name).handler(event, Context(aws_request_id=f"request-{self._invocations}", **context))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def sold(self, *numbers: int, price: str = "price_pro_monthly") -> list[dict[str, Any]]:
        """Let purchases happen at Stripe; returns their events."""
        events = [purchase(number) for number in numbers]
        for event in events:
            self.stripe.sell(event, (price, 1))
        return events

    def waits(self, event: dict[str, Any], received: int) -> int:
        """Let the issuer receive a message from its queue; tell for how many seconds it hides it, 0 if it is done."""
        sqs, hidden = client("sqs"), [0]
        url = sqs.get_queue_url(QueueName="IssueQueue")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=message(ORG, event))
        [told] = sqs.receive_message(QueueUrl=url)["Messages"]
        shaped = sqs_event(told["Body"], received=received)
        shaped["Records"][0]["receiptHandle"] = told["ReceiptHandle"]

        def look(_: str, request: Request) -> None:
            hidden.append(request["VisibilityTimeout"])

        with hooked(queue_client.client(), "ChangeMessageVisibility", before=look):
            again = self.invoke("issuer", shaped)
        assert sqs.receive_message(QueueUrl=url).get("Messages", []) == []  # SQS took it: the message is hidden
        sqs.delete_message(QueueUrl=url, ReceiptHandle=told["ReceiptHandle"])
        assert bool(again) == bool(hidden[-1])
        return hidden[-1]

    # --------------------------------------------------------------- look

    def order(self, order: str, org: str = ORG) -> Order | None:
        stored = load_order(org, order)
        return stored.order if stored else None

    def licenses(self, order: str, org: str = ORG) -> list[License]:
        return load_licenses(org, order)

    def keys(self, order: str, org: str = ORG) -> list[str]:
        return [license.key for license in self.licenses(order, org)]

    def statuses(self, order: str, at: float | None = None) -> list[str]:
        known = self.order(order)
        now = int(time.time() if at is None else at)
        return [str(license_status(known, each, now)) for each in self.licenses(order)] if known else []

    def actions(self, subject: str, org: str = ORG) -> list[str]:
        """Name what the audit log tells of an order."""
        return sorted(entry["action"] for entry in entries_of(org, subject))

    def delivery(self, event: dict[str, Any] | str, org: str = ORG) -> dict[str, Any]:
        found = deliveries.load(org, event if isinstance(event, str) else event["id"])
        assert found is not None, f"no delivery of {event}"
        return found

    def items(self, table: str) -> list[dict[str, Any]]:
        """Everything in a table, straight out of moto: its API takes a second for a thousand items."""
        found = backend("dynamodb").tables[table].all_items()
        return [from_item(json.loads(dynamo_json_dump(item.to_json()["Attributes"]))) for item in found]

    # -------------------------------------------------------------- break

    @contextmanager
    def crash(self, operation: str, at: int = 1, when: When = "before") -> Iterator[None]:
        """Let the process die at the `at`-th such call of DynamoDB, before it or after its effect."""
        count = 0

        def die(*_: object) -> None:
            nonlocal count
            count += 1
            if count == at:
                raise Crash

        try:
            with hooked(dynamodb.client(), operation, **{when: die}):
                yield
        except Crash:
            return
        raise AssertionError(f"{operation} was called {count} times only: nobody died")

    @contextmanager
    def before(self, operation: str, act: Callable[[], object]) -> Iterator[None]:
        """Let something happen before each such call of DynamoDB."""

        with hooked(dynamodb.client(), operation, before=lambda *_: act()):
            yield
