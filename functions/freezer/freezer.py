"""Freezes on refund or dispute; lifts when the refund failed or the dispute was won."""

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.domain.audit import Action
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.facts import Disputed
from keystack.fulfillment.apply_fact import ArrivedFact, apply_fact
from keystack.fulfillment.charges import DisputeObserver, OrderSearch, Settings
from keystack.fulfillment.worker import Outcome, Work, metrics, to_reason, work_on
from keystack.logs import configure_logging, logger
from keystack.stripe.events import ChargeEvent, read_event

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
    return work_on(event, context, freeze)


def freeze(work: Work) -> Outcome:
    """Decode, find the order, add the fact; without an order, park it."""
    event = read_event(dict(work.message.event))
    if not isinstance(event, ChargeEvent):
        return Outcome(DeliveryStatus.IGNORED, getattr(event, "reason", "the freezer handles charges only"))
    settings = Settings(work.org)
    fact = settings.applied_to(event.fact)
    known = [ref for ref in (event.payment_intent, event.invoice) if ref]
    search = OrderSearch(work.org, event, settings)
    observe = DisputeObserver(work.org, work.now, work.steps).observe if isinstance(fact, Disputed) else None
    arrived = ArrivedFact(work.org, event.livemode, fact, work.source, work.now, observe)
    applied = apply_fact(arrived, known, lambda: search.ask(fact))
    if applied.order is None and search.gone:  # kept under what is known, and not in silence: it may be elsewhere
        work.steps["fact"] = "parked" if applied.parked else "not kept"
        return Outcome(DeliveryStatus.FAILED, "; ".join(map(to_reason, search.gone)), search.gone[0].cause)
    if applied.order is None and not applied.parked:
        return Outcome(
            DeliveryStatus.IGNORED, f"Stripe knows no payment intent of charge {event.charge}: no order to find"
        )
    if applied.order is None:
        work.steps["fact"] = "parked"
        return Outcome(reason=f"kept until the order of charge {event.charge} arrives; no license is known for it yet")
    work.order = applied.order
    work.steps["fact"] = ", ".join(applied.actions) or "known already"
    if Action.LICENSE_FROZEN in applied.actions:
        metrics.add_metric("OrdersFrozen", MetricUnit.Count, 1)
    return Outcome(
        reason="" if applied.licenses else f"order {applied.order} has no license: there is nothing to freeze"
    )
