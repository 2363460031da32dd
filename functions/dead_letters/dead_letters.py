"""Marks the deliveries that gave up as failed, with the reason, so that they can be seen and replayed."""

import time
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.errors import ActionNeededError, InvalidInputError
from keystack.fulfillment.worker import to_log, to_reason
from keystack.logs import configure_logging, logger
from keystack.queues.batches import Received, work_through
from keystack.queues.messages import from_body
from keystack.storage.deliveries import deliveries

configure_logging()


@dataclass(frozen=True)
class Environment:
    deliveries_table: str


ENVIRONMENT = environment.read(Environment)
metrics = Metrics()

CRASHED = to_reason(
    ActionNeededError("the worker crashed or ran out of time at every attempt", "see in the logs why, and fix that")
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return work_through(event, give_up)


def give_up(received: Received) -> None:
    """Record the delivery as failed, unless it has succeeded meanwhile."""
    metrics.add_metric("DeadLetters", MetricUnit.Count, 1)
    try:
        message = from_body(received.body)
    except InvalidInputError as error:
        logger.error(str(error), message_id=received.id)  # no organization to show it to
        return
    try:
        failed = deliveries.give_up(message.org, message.event, message.received_at, CRASHED, int(time.time()))
    except Exception as error:
        logger.warning("not recorded; the message stays", event_id=message.event["id"], reason=to_log(error))
        raise
    logger.error("delivery gave up", event_id=message.event["id"], org=message.org, failed=failed)
    if failed:
        metrics.add_metric("DeliveriesFailed", MetricUnit.Count, 1)
