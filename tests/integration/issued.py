"""Orders that the API issues, and what it puts into the queue for them."""

import json
from typing import Any

from invocations import sqs_event

from integration.aws import client
from integration.vendor_api import Answer, VendorApi
from integration.world import World

Json = dict[str, Any]
ADA = "ada@example.com"


def issue(api: VendorApi, key: str | None = None, **body: Any) -> Answer:
    """Issue a license of plan `pro` to Ada, or what `body` says."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.call("POST", "/v1/issue", {"email": ADA, "plan": "pro", **body}, headers)


def licenses(answer: Answer) -> list[Json]:
    assert answer.status in (200, 201), answer.text
    return list(answer.json["licenses"])


def messages() -> list[Json]:
    """Take what is in the issuer's queue."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="IssueQueue")["QueueUrl"]
    found = []
    while told := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in told:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            found.append(json.loads(each["Body"]))
    return found


def work(world: World) -> list[str]:
    """Let the issuer do what is in its queue; returns the events' ids."""
    taken = messages()
    if taken:
        assert world.invoke("issuer", sqs_event(*map(json.dumps, taken))) == []
    return [each["event"]["id"] for each in taken]


def minted(world: World) -> list[str]:
    """The keys as they stand in the table, whatever the orders say."""
    return [item["key"] for item in world.items("LicensesTable") if item["sk"].startswith("LICENSE#")]
