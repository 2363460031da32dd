"""The message between verifier and workers: ASCII-escaped JSON `{"org", "received_at", "event", "source"}`.

The verifier imports this: standard library only.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from keystack.errors import InvalidInputError

STRIPE, REPLAY, API = "stripe", "replay", "api"
ORDER_ISSUED = "keystack.order.issued"  # the API's own event: an order whose effects wait. Never taken from outside


class Message(NamedTuple):
    """One event on its way. `received_at` in Unix seconds; `source` is stripe, replay or api."""

    org: str
    received_at: int
    event: Mapping[str, Any]
    source: str


def to_body(message: Message) -> str:
    """Write a message so that SQS takes it whatever characters the event has."""
    return json.dumps(message._asdict(), ensure_ascii=True, separators=(",", ":"))


def from_body(body: str) -> Message:
    """Read a message. Raises InvalidInputError for anything that `to_body` did not write."""
    try:
        parsed = json.loads(body)
        message = Message(parsed["org"], int(parsed["received_at"]), parsed["event"], str(parsed["source"]))
        if not isinstance(message.org, str) or not all(isinstance(message.event[key], str) for key in ("id", "type")):
            raise TypeError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise InvalidInputError("a message in the queue is none of KeyStack's: only the verifier may send") from None
    return message
