"""Sets the expiry when a subscription is deleted; on a schedule, records the licenses whose expiry has passed.

With the time that is left, the schedule counts the numbers of each day.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.domain.deliveries import DeliveryStatus
from keystack.fulfillment.apply_fact import ArrivedFact, Asked, apply_fact
from keystack.fulfillment.expire import record_due
from keystack.fulfillment.numbers import count_days
from keystack.fulfillment.subscription_observer import SubscriptionObserver
from keystack.fulfillment.worker import Outcome, Work, metrics, work_on
from keystack.logs import configure_logging, logger
from keystack.storage import secrets
from keystack.stripe.events import SubscriptionEvent, read_event

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi

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
    observer = SubscriptionObserver(work.org, lambda: _stripe(work.org, deleted.livemode), work.now, deleted.fact)
    arrived = ArrivedFact(
        work.org, deleted.livemode, deleted.fact, work.source, work.now, lambda order, _: observer.observe(order)
    )
    applied = apply_fact(arrived, [deleted.subscription], lambda: Asked((), deleted.fact))
    if applied.order is None:
        work.steps["fact"] = "parked"
        return Outcome(reason=f"kept until the order of subscription {deleted.subscription} arrives")
    work.order = applied.order
    work.steps |= {"fact": ", ".join(applied.actions) or "known already", **observer.notes}
    return Outcome()


def _stripe(org: str, livemode: bool) -> "StripeApi":
    from keystack.stripe.client import stripe_api  # its library takes long to import: not for the schedule

    return stripe_api(secrets.stripe_key(org, livemode))
