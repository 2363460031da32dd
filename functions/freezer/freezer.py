"""Freezes on refund or dispute; lifts when the refund failed or the dispute was won."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from keystack.domain.facts import Refunded
from keystack.environment import required
from keystack.fulfillment.apply_fact import apply_fact
from keystack.fulfillment.worker import Outcome, Work, metrics, to_reason, work_on
from keystack.logs import logger
from keystack.storage import secrets
from keystack.storage.deliveries import deliveries
from keystack.storage.mappings.organizations import load_organization
from keystack.stripe.client import GoneError, stripe_api
from keystack.stripe.events import ChargeNews, read_event

required("STAGE", "LICENSES_TABLE", "MAPPINGS_TABLE", "AUDIT_TABLE", "DELIVERIES_TABLE")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return work_on(event, context, freeze)


def freeze(work: Work) -> Outcome:
    """Decode, find the order, add the fact; without an order, park it."""
    news = read_event(dict(work.message.event))
    if not isinstance(news, ChargeNews):
        return Outcome(deliveries.IGNORED, getattr(news, "reason", "the freezer handles charges only"))
    fact = news.fact
    if isinstance(fact, Refunded) and not fact.full:
        fact = replace(fact, freezes=load_organization(work.org).freeze_on_partial_refund)
    known = [ref for ref in (news.payment_intent, news.invoice) if ref]
    gone: list[GoneError] = []
    applied = apply_fact(
        work.org, news.livemode, fact, known, lambda: _ask_stripe(work, news, gone), work.source, work.now
    )
    if applied.order is None and gone:  # kept under what is known, and not in silence: its order may be elsewhere
        work.steps["fact"] = "parked" if applied.parked else "not kept"
        return Outcome(deliveries.FAILED, "; ".join(map(to_reason, gone)))
    if applied.order is None and not applied.parked:
        return Outcome(deliveries.IGNORED, f"Stripe knows no payment intent of charge {news.charge}: no order to find")
    if applied.order is None:
        work.steps["fact"] = "parked"
        return Outcome(reason=f"kept until the order of charge {news.charge} arrives; no license is known for it yet")
    work.order = applied.order
    work.steps["fact"] = ", ".join(applied.actions) or "known already"
    if "license.frozen" in applied.actions:
        metrics.add_metric("OrdersFrozen", MetricUnit.Count, 1)
    return Outcome()


def _ask_stripe(work: Work, news: ChargeNews, gone: list[GoneError]) -> Iterator[str]:
    """Ask which invoice and subscription the charge was for; what Stripe does not know is noted in `gone`."""
    try:
        yield from _references_at_stripe(work, news)
    except GoneError as error:
        gone.append(error)


def _references_at_stripe(work: Work, news: ChargeNews) -> Iterator[str]:
    """The only way from the refund of a renewal to its license."""
    stripe = stripe_api(secrets.stripe_key(work.org, news.livemode))
    payment_intent = news.payment_intent
    if not payment_intent and news.charge and not news.invoice:
        payment_intent = stripe.payment_of_charge(news.charge)
        if payment_intent:
            yield payment_intent
    if news.invoice:
        subscription = stripe.subscription_of_invoice(news.invoice)
        if subscription:
            yield subscription
    if payment_intent:
        for paid in stripe.invoices_of_payment(payment_intent):
            yield paid.invoice
            if paid.subscription:
                yield paid.subscription
