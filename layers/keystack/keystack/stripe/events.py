"""A Stripe event becomes our own values: what was bought, or what became known. No other module reads payloads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    SubscriptionDeleted,
)
from keystack.domain.orders import Order
from keystack.errors import ActionNeededError
from keystack.stripe import models
from keystack.stripe.event_routing import ignored_because


@dataclass(frozen=True)
class Checkout:
    """A Checkout Session as the order that it is, and what its event says of the payment.

    The order's `org` is empty: no event of Stripe's names the organization.
    """

    order: Order
    fact: Paid | AwaitingPayment | PaymentFailed


@dataclass(frozen=True)
class ChargeEvent:
    """A fact about a charge, and the ids by which its order can be found."""

    fact: OrderFact
    livemode: bool
    charge: str | None
    payment_intent: str | None = None
    invoice: str | None = None


@dataclass(frozen=True)
class SubscriptionEvent:
    """The end of a subscription, by whose id its order can be found."""

    fact: SubscriptionDeleted
    livemode: bool
    subscription: str


@dataclass(frozen=True)
class Ignored:
    """An event that changes nothing, and why."""

    reason: str


StripeEvent = Checkout | ChargeEvent | SubscriptionEvent | Ignored


def read_event(payload: dict[str, Any]) -> StripeEvent:
    """Understand a verified event.

    Raises ActionNeededError when the payload is not of the shape that its type has in any API version.
    """
    try:
        event = models.Event.model_validate(payload)
        reason = ignored_because(payload)
        return Ignored(reason) if reason else _READERS[event.type](event)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in e["loc"]) or "the event" for e in error.errors()}))
        raise ActionNeededError(
            f"the event is not shaped like any {str(payload.get('type'))[:100]} that Stripe documents ({fields}):"
            " report it to KeyStack with the event's id"
        ) from None


def _read_session(event: models.Event) -> StripeEvent:
    session = models.Session.model_validate(event.data.object)
    details = session.customer_details or models.CustomerDetails()
    order = Order(
        org="",
        id=session.id,
        livemode=event.livemode,
        created_at=session.created or event.created,
        email=(details.email or session.customer_email or "").strip() or None,
        name=(details.name or "").strip() or None,
        stripe_customer=session.customer,
        payment_intent=session.payment_intent,
        subscription=session.subscription,
        invoice=session.invoice,
        amount_total=session.amount_total,
        currency=session.currency,
    )
    return Checkout(order, _payment_fact(event, session.payment_status))


def _payment_fact(event: models.Event, payment_status: str | None) -> Paid | AwaitingPayment | PaymentFailed:
    if event.type == "checkout.session.async_payment_failed":
        return PaymentFailed(event.created)
    # Sessions before 2020 have no payment_status: there was no delayed payment, so completed meant paid.
    if event.type == "checkout.session.completed" and payment_status == "unpaid":
        return AwaitingPayment(event.created)
    return Paid(event.created)


def _read_refunded_charge(event: models.Event) -> StripeEvent:
    charge = models.Charge.model_validate(event.data.object)
    if charge.amount_refunded <= 0 and not charge.refunded:
        return Ignored(f"nothing of charge {charge.id} has been refunded")
    if not charge.payment_intent and not charge.invoice:
        return Ignored(f"charge {charge.id} has neither payment intent nor invoice: no Checkout Session made it")
    full = charge.refunded or charge.amount_refunded >= charge.amount
    fact = Refunded(charge.id, charge.amount_refunded, full=full, freezes=full, at=event.created)
    return _charge_event(event, fact, charge.id, charge.payment_intent, charge.invoice)


def _read_refund(event: models.Event) -> StripeEvent:
    refund = models.Refund.model_validate(event.data.object)
    if refund.status != "failed" and event.type != "refund.failed":
        return Ignored(f"refund {refund.id} is {refund.status}; only a failed one changes a license")
    fact = RefundFailed(refund.id, refund.charge or "", refund.amount, event.created)
    return _charge_event(event, fact, refund.charge, refund.payment_intent)


def _read_dispute_created(event: models.Event) -> StripeEvent:
    dispute = models.Dispute.model_validate(event.data.object)
    if (dispute.status or "").startswith("warning_"):
        return Ignored(f"dispute {dispute.id} is an early inquiry: no money has moved")
    fact = Disputed(dispute.id, dispute.charge or "", event.created)
    return _charge_event(event, fact, dispute.charge, dispute.payment_intent)


def _read_dispute_closed(event: models.Event) -> StripeEvent:
    dispute = models.Dispute.model_validate(event.data.object)
    if dispute.status == "won":
        return _charge_event(event, DisputeWon(dispute.id, event.created), dispute.charge, dispute.payment_intent)
    if dispute.status == "lost":
        # An inquiry that became a dispute has no charge.dispute.created of its own: this is its first event.
        fact = Disputed(dispute.id, dispute.charge or "", event.created)
        return _charge_event(event, fact, dispute.charge, dispute.payment_intent)
    return Ignored(f"dispute {dispute.id} was closed as {dispute.status}: no money has moved")


def _read_deleted_subscription(event: models.Event) -> StripeEvent:
    subscription = models.Subscription.model_validate(event.data.object)
    fact = SubscriptionDeleted(subscription.id, _paid_until(subscription, event.created), event.created)
    return SubscriptionEvent(fact, event.livemode, subscription.id)


def _paid_until(subscription: models.Subscription, event_created: int) -> int:
    """Say until when the customer has paid: the period's end, unless that period was never paid."""
    ended = subscription.ended_at or subscription.canceled_at or event_created
    reason = subscription.cancellation_details.reason if subscription.cancellation_details else None
    if reason in ("payment_failed", "payment_disputed"):
        return ended
    items = subscription.items.data if subscription.items else ()
    periods = [item.current_period_end for item in items if item.current_period_end is not None]
    return max(ended, max(periods, default=subscription.current_period_end or 0))


def _charge_event(
    event: models.Event, fact: OrderFact, charge: str | None, payment_intent: str | None, invoice: str | None = None
) -> StripeEvent:
    return ChargeEvent(fact, event.livemode, charge, payment_intent, invoice)


_READERS: dict[str, Callable[[models.Event], StripeEvent]] = {
    "checkout.session.completed": _read_session,
    "checkout.session.async_payment_succeeded": _read_session,
    "checkout.session.async_payment_failed": _read_session,
    "charge.refunded": _read_refunded_charge,
    "refund.failed": _read_refund,
    "charge.refund.updated": _read_refund,
    "charge.dispute.created": _read_dispute_created,
    "charge.dispute.closed": _read_dispute_closed,
    "customer.subscription.deleted": _read_deleted_subscription,
}
