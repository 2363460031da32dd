"""A batch of messages as Lambda hands it over: each is worked on by itself, and only what failed comes again.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and "Implementing partial batch responses".
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Received(NamedTuple):
    """A message as SQS delivers it: `times` is how often by now."""

    id: str
    body: str
    receipt_handle: str
    queue_arn: str
    times: int


def work_through(event: Mapping[str, Any], handle: Callable[[Received], None]) -> dict[str, Any]:
    """Hand over each message of a batch; answer which of them SQS should deliver again: those that `handle` raised for.

    Nothing is logged here: what a person must know of an error, `handle` tells before it raises.
    """
    failed = []
    for record in event["Records"]:
        try:
            handle(_received(record))
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _received(record: Mapping[str, Any]) -> Received:
    times = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    handle, arn = record.get("receiptHandle", ""), record.get("eventSourceARN", "")  # one written by hand may lack them
    return Received(record["messageId"], record["body"], handle, arn, times)
