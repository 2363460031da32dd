"""How every worker takes messages from its queue and records what became of them. One way in, one way out.

A message ends in one of four ways: succeeded or ignored (deleted), failed (recorded with a sentence for a person,
deleted), or tried again (recorded as retrying; back in the queue after a while, in the dead-letter queue at last).
"""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from keystack.domain.deliveries import DeliveryStatus
from keystack.errors import ActionNeededError, KeystackError, RetryLaterError, sentence
from keystack.fulfillment.current_secret import with_current_secret
from keystack.logs import logger
from keystack.queues.batches import Received, work_through
from keystack.queues.client import hide
from keystack.queues.messages import Message, from_body
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.deliveries.deliveries import Delivery

metrics = Metrics()

ENOUGH_TIME = 25_000  # milliseconds a message may need; with less left it waits for the next invocation
LEASE_MARGIN = 5  # seconds past the invocation's end: clocks differ, and whole seconds are cut off
FIRST_RETRY = 10  # seconds; doubled with each attempt
LONGEST_RETRY = 600


@dataclass
class Work:
    """A message being worked on. The handler notes each step, so that a failure shows how far it got."""

    message: Message
    now: int
    until: int
    attempt: str
    order: str | None = None
    steps: dict[str, str] = field(default_factory=dict)

    @property
    def org(self) -> str:
        return self.message.org

    @property
    def source(self) -> str:
        return str(self.message.event["id"])


@dataclass(frozen=True)
class Outcome:
    """How it ended: succeeded, ignored or failed, with the reason in a sentence; of a failure, its cause in writing.

    `retry_in`: after how many seconds it is tried again, if it is.
    """

    status: DeliveryStatus = DeliveryStatus.SUCCEEDED
    reason: str = ""
    cause: str = ""
    retry_in: int | None = None


class Problem(Protocol):
    """What keeps a delivery from its end, and the remedy; an empty one if none lets a replay succeed."""

    @property
    def what(self) -> str: ...

    @property
    def remedy(self) -> str: ...


Handler = Callable[[Work], Outcome]


def work_on(event: dict[str, Any], context: LambdaContext, handle: Handler) -> Mapping[str, Any]:
    """Work on a batch of SQS messages; answers which of them should be tried again."""
    return work_through(event, lambda received: _work_on(received, context, handle))


def to_reason(problem: Problem) -> str:
    """Say in a failed delivery what happened and, where there is a remedy, what to do after it."""
    return sentence(problem.what, problem.remedy, ", then replay this delivery")


def to_log(error: Exception) -> str:
    """Say what went wrong in a log line; only our own errors' words, for others may quote a payload."""
    return str(error) if isinstance(error, KeystackError) else type(error).__name__


def _work_on(received: Received, context: LambdaContext, handle: Handler) -> None:
    message = from_body(received.body)
    now, left = int(time.time()), context.get_remaining_time_in_millis()
    logger.append_keys(event_id=message.event["id"], event_type=message.event["type"], org=message.org)
    work = Work(message, now, now + left // 1000 + LEASE_MARGIN, f"{context.aws_request_id}-{received.id}")
    try:
        if left < ENOUGH_TIME:
            raise RetryLaterError("no time left in this invocation", after=1)
        outcome = with_current_secret(lambda: handle(work), lambda: secrets.stripe_key_has_changed(work.org))
    except ActionNeededError as error:
        outcome = Outcome(DeliveryStatus.FAILED, to_reason(error), error.cause)
    except Exception as error:
        _try_again(received, work, error)
        raise
    try:
        _record(work, outcome)
    except Exception as error:
        logger.warning("the outcome could not be recorded: the delivery is tried again", reason=to_log(error))
        metrics.add_metric("DeliveriesRetrying", MetricUnit.Count, 1)
        raise
    _log_outcome(work, outcome)


def _try_again(received: Received, work: Work, error: Exception) -> None:
    """Record the reason and shorten the wait. If that fails, SQS delivers the message again all the same, later."""
    known = isinstance(error, KeystackError)
    what = str(error) if known else f"KeyStack failed ({type(error).__name__}), see the logs"
    reason = f"{what}; trying again"
    where = [] if known else traceback.format_tb(error.__traceback__)  # without the message: it may quote a payload
    logger.warning("delivery is tried again", reason=reason, order=work.order, where=where)
    metrics.add_metric("DeliveriesRetrying", MetricUnit.Count, 1)
    try:
        wait = getattr(error, "after", None) or min(FIRST_RETRY * 2 ** (received.times - 1), LONGEST_RETRY)
        _record(work, Outcome(DeliveryStatus.RETRYING, reason, retry_in=wait))
        hide(received.queue_arn, received.receipt_handle, wait)
    except Exception as second:
        logger.warning("the retry could not be recorded or brought forward", reason=to_log(second))


def _record(work: Work, outcome: Outcome) -> None:
    message, now = work.message, int(time.time())
    delivery = Delivery(
        org=message.org,
        event=message.event,
        received_at=message.received_at,
        status=outcome.status,
        reason=outcome.reason,
        steps=work.steps,
        order=work.order,
        cause=outcome.cause,
        next_try_at=None if outcome.retry_in is None else now + outcome.retry_in,
    )
    deliveries.record(delivery, now)


def _log_outcome(work: Work, outcome: Outcome) -> None:
    logger.info("delivery recorded", status=outcome.status, reason=outcome.reason, order=work.order, steps=work.steps)
    metrics.add_metric(f"Deliveries{outcome.status.title()}", MetricUnit.Count, 1)
