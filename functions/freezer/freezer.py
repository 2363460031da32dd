"""Freezes on refund or dispute; lifts when the refund failed or the dispute was won."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack import environment
from keystack.domain.audit import Action
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.facts import Refunded
from keystack.fulfillment.apply_fact import ArrivedFact, apply_fact
from keystack.fulfillment.worker import Outcome, Work, metrics, to_reason, work_on
from keystack.logs import configure_logging, logger
from keystack.storage import secrets
from keystack.storage.mappings.organizations import load_organization
from keystack.stripe.errors import GoneError
from keystack.stripe.events import ChargeEvent, read_event
from keystack.stripe.references import references_at_stripe

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
    fact = event.fact
    if isinstance(fact, Refunded) and not fact.full:
        fact = replace(fact, freezes=load_organization(work.org).freeze_on_partial_refund)
    known = [ref for ref in (event.payment_intent, event.invoice) if ref]
    gone: list[GoneError] = []
    arrived = ArrivedFact(work.org, event.livemode, fact, work.source, work.now)
    applied = apply_fact(arrived, known, lambda: _ask_stripe(work, event, gone))
    if applied.order is None and gone:  # kept under what is known, and not in silence: its order may be elsewhere
        work.steps["fact"] = "parked" if applied.parked else "not kept"
        return Outcome(DeliveryStatus.FAILED, "; ".join(map(to_reason, gone)), gone[0].cause)
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
    return Outcome()


def _ask_stripe(work: Work, event: ChargeEvent, gone: list[GoneError]) -> Iterator[str]:
    """Ask which invoice and subscription the charge was for; what Stripe does not know is noted in `gone`."""
    from keystack.stripe.client import stripe_api  # its library takes long to import: for this call only

    try:
        stripe = stripe_api(secrets.stripe_key(work.org, event.livemode))
        yield from references_at_stripe(stripe, event.charge, event.payment_intent, event.invoice)
    except GoneError as error:
        gone.append(error)
