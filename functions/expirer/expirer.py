"""Sets the expiry when a subscription is deleted; on a schedule, records the licenses whose expiry has passed.

With the time that is left, the schedule counts the numbers of each day.
"""

import time
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.domain.deliveries import DeliveryStatus
from keystack.fulfillment.apply_fact import ArrivedFact, apply_fact
from keystack.fulfillment.expire import record_due
from keystack.fulfillment.numbers import count_days
from keystack.fulfillment.worker import Outcome, Work, metrics, work_on
from keystack.logs import configure_logging, logger
from keystack.stripe.events import SubscriptionEvent, read_event

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    licenses_table: str
    mappings_table: str
    audit_table: str
    deliveries_table: str


ENVIRONMENT = environment.read(Environment)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    if "Records" in event:
        return work_on(event, context, expire)
    recorded = record_due(int(time.time()), context.get_remaining_time_in_millis)
    metrics.add_metric("OrdersExpired", MetricUnit.Count, recorded)
    sweep = count_days(int(time.time()), context.get_remaining_time_in_millis)
    metrics.add_metric("AuditEntriesCounted", MetricUnit.Count, sweep.entries)
    logger.info("numbers counted", organizations=sweep.organizations, entries=sweep.entries, whole=sweep.is_whole)
    return {"recorded": recorded}


def expire(work: Work) -> Outcome:
    """Decode, find the order of the subscription, add the fact; without an order, park it."""
    deleted = read_event(dict(work.message.event))
    if not isinstance(deleted, SubscriptionEvent):
        return Outcome(DeliveryStatus.IGNORED, getattr(deleted, "reason", "the expirer handles subscriptions only"))
    arrived = ArrivedFact(work.org, deleted.livemode, deleted.fact, work.source, work.now)
    applied = apply_fact(arrived, [deleted.subscription], list)
    if applied.order is None:
        work.steps["fact"] = "parked"
        return Outcome(reason=f"kept until the order of subscription {deleted.subscription} arrives")
    work.order = applied.order
    work.steps["fact"] = ", ".join(applied.actions) or "known already"
    return Outcome()
