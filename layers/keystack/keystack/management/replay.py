"""Replay deliveries: put their events into their queues again. What is done already stays done."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from keystack.domain.causes import Cause
from keystack.domain.queues import Queue
from keystack.errors import ConflictError, NotFoundError, RetryLaterError
from keystack.queues.client import MAX_BATCH_BYTES, MAX_IN_BATCH, send_batch
from keystack.queues.messages import ORDER_ISSUED, REPLAY, Message, to_body
from keystack.storage.attributes import Item
from keystack.storage.deliveries import deliveries
from keystack.storage.deliveries.found import found_from
from keystack.storage.deliveries.lists import list_failed
from keystack.storage.pages import Page
from keystack.stripe.event_routing import queue_of

MAX_AT_ONCE = 100  # deliveries a call
FEW_AT_ONCE = 25  # deliveries a call that a person waits for


@dataclass(frozen=True)
class Ready:
    """A delivery on its way back into its queue."""

    event: str
    queue: Queue
    body: str


@dataclass(frozen=True)
class Refused:
    """A delivery that was not replayed, and why."""

    event: str
    reason: str


@dataclass(frozen=True)
class Replayed:
    """How many went back into their queues, which did not, and after what the next call begins; None at the end."""

    count: int
    refused: list[Refused]
    after: str | None


def replay(org: str, event: str) -> None:
    """Send the delivery of `event` on its way again.

    Raises NotFoundError when there is no such delivery, ConflictError when it has nothing to replay,
    RetryLaterError when the queue does not answer.
    """
    delivery = deliveries.load(org, event)
    if delivery is None:
        raise NotFoundError(f"there is no delivery {event[:100]}: deliveries are kept for 90 days")
    ready = _ready(org, delivery)
    if isinstance(ready, Refused):
        raise ConflictError(ready.reason)
    refused = _send(org, [ready])
    if refused:
        raise RetryLaterError(refused[0].reason)


def replay_failed(
    org: str, since: int, after: str | None = None, limit: int | None = None, livemode: bool | None = None
) -> Replayed:
    """Replay what has failed and was received since then (Unix seconds), the oldest first, up to `limit` (MAX_AT_ONCE).

    To be called again with the answer's `after`. That a call is repeated after a crash does no harm.
    """
    return _replay_page(
        org, list_failed(org, since, limit or MAX_AT_ONCE, after, lambda item: livemode in (None, item.get("livemode")))
    )


def replay_cause(
    org: str, livemode: bool, cause: Cause, after: str | None = None, limit: int = FEW_AT_ONCE
) -> Replayed:
    """Replay what has failed for exactly this cause in one mode, the oldest first, up to `limit`.

    To be called again with the answer's `after`, until that is None. A call may replay none and go on all the same.
    """

    def fits(item: Item) -> bool:
        found = found_from(item)
        return found.livemode is livemode and found.cause == cause

    return _replay_page(org, list_failed(org, 0, limit, after, fits))


def _replay_page(org: str, page: Page[Item]) -> Replayed:
    looked_at = [_ready(org, delivery) for delivery in page.items]
    ready = [each for each in looked_at if isinstance(each, Ready)]
    refused = [each for each in looked_at if isinstance(each, Refused)]
    for batch in _batches(ready):
        refused += _send(org, batch)
    return Replayed(len(looked_at) - len(refused), refused, page.after)


def _ready(org: str, delivery: Item) -> Ready | Refused:
    event = str(delivery["event"])
    payload = deliveries.payload_of(delivery)
    queue = _queue_of(payload) if payload else None
    if payload is None or queue is None:
        return Refused(event, f"delivery {event} is {delivery['status']}: there is nothing to replay")
    return Ready(event, queue, to_body(Message(org, int(time.time()), payload, REPLAY)))


def _queue_of(payload: dict[str, Any]) -> Queue | None:
    return Queue.ISSUE if payload["type"] == ORDER_ISSUED else queue_of(payload)


def _batches(ready: Sequence[Ready]) -> Iterator[list[Ready]]:
    """Cut into batches of one queue each, small enough for SQS."""
    for queue in dict.fromkeys(each.queue for each in ready):
        batch: list[Ready] = []
        size = 0
        for each in ready:
            if each.queue != queue:
                continue
            if batch and (len(batch) == MAX_IN_BATCH or size + len(each.body) > MAX_BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch, size = [*batch, each], size + len(each.body)
        yield batch


def _send(org: str, batch: Sequence[Ready]) -> list[Refused]:
    """Send a batch of one queue; names the messages that SQS did not take."""
    queue = batch[0].queue
    not_taken = send_batch(queue, org, {str(place): each.body for place, each in enumerate(batch)})
    events = [batch[int(place)].event for place in not_taken]
    return [Refused(event, f"the {queue} queue did not take delivery {event}") for event in events]
