"""A Stripe event becomes our own values: what was bought, or what became known. No other module reads payloads."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    SubscriptionSeen,
)
from keystack.domain.invoices import Invoice
from keystack.domain.orders import Order
from keystack.domain.payments import PaymentStatus, needs_no_more
from keystack.domain.subscriptions import SubscriptionState
from keystack.stripe.event_routing import ignored_because
from keystack.stripe.models import Event
from keystack.stripe.objects.charges import given_back, payment_of_charge
from keystack.stripe.objects.customers import customer_id
from keystack.stripe.objects.disputes import dispute_state, disputed_charge
from keystack.stripe.objects.invoices import told_invoice
from keystack.stripe.objects.payment_intents import payment_intent_id
from keystack.stripe.objects.refunds import RefundStatus, refund_state
from keystack.stripe.objects.sessions import (
    account_of_session,
    begun_subscription,
    payment_status,
    says_no_payment_status,
    session_order,
)
from keystack.stripe.objects.subscriptions import subscription_state
from keystack.stripe.previous import mark_before
from keystack.stripe.reading import UnreadableError, read


@dataclass(frozen=True)
class Checkout:
    """A Checkout Session as the order that it is, and what its event says of the payment.

    The order's `org` is empty: no event of Stripe's names the organization.
    """

    order: Order
    fact: Paid | AwaitingPayment | PaymentFailed


@dataclass(frozen=True)
class PaymentEvent:
    """A payment was made, or given up (`released`): it rings for an order that waits for it."""

    livemode: bool
    at: int
    payment_intent: str
    released: bool


@dataclass(frozen=True)
class InvoiceEvent:
    """An invoice was paid, or its payment failed. `customer`: the Stripe Customer, if it says one."""

    livemode: bool
    at: int
    invoice: Invoice
    paid: bool
    customer: str | None = None


@dataclass(frozen=True)
class SubscriptionEvent:
    """What a subscription was at the time of the event, by whose id its order can be found."""

    livemode: bool
    subscription: str
    fact: SubscriptionSeen
    customer: str | None = None


@dataclass(frozen=True)
class ChargeEvent:
    """A fact about a charge, and the ids by which its order can be found.

    What the charge was for, and what the organization says of a part given back, is not in it.
    """

    fact: Refunded | RefundFailed | Disputed
    livemode: bool
    charge: str
    payment_intent: str | None = None
    invoice: str | None = None


@dataclass(frozen=True)
class Ignored:
    """An event that changes nothing, and why."""

    reason: str


StripeEvent = Checkout | PaymentEvent | InvoiceEvent | SubscriptionEvent | ChargeEvent | Ignored


def read_event(payload: dict[str, Any]) -> StripeEvent:
    """Understand a verified event.

    Raises ActionNeededError when the payload is not of the shape that its type has in any API version.
    """
    kind = payload.get("type")
    reason = ignored_because(payload) if isinstance(kind, str) else ""
    if reason:
        return Ignored(reason)
    try:
        event = read(Event, payload)
        return _read_subject(event)
    except UnreadableError as error:
        what = f"the event is not shaped like any {str(kind)[:100]} that Stripe documents"
        raise UnreadableError(error.problems, what) from None


def _read_subject(event: Event) -> StripeEvent:
    subject = event.data.object
    try:
        if subject.get("livemode", event.livemode) is not event.livemode:  # a refund has none
            raise UnreadableError(["livemode is not the event's"])
        return _READERS[event.type](event)
    except UnreadableError as error:
        raise UnreadableError(f"data.object.{problem}" for problem in error.problems) from None


def _read_checkout(event: Event) -> StripeEvent:
    subject = event.data.object
    order = session_order(subject, event.livemode, event.created)
    return Checkout(replace(order, customer_account=account_of_session(subject)), _payment_fact(event))


def _payment_fact(event: Event) -> Paid | AwaitingPayment | PaymentFailed:
    if event.type == "checkout.session.async_payment_failed":
        return PaymentFailed(event.created)
    subject = event.data.object
    if event.type == "checkout.session.async_payment_succeeded" or says_no_payment_status(subject, event.api_version):
        return Paid(event.created, begun_subscription(subject, PaymentStatus.PAID))
    status = payment_status(subject)
    if needs_no_more(status):
        return Paid(event.created, begun_subscription(subject, status))
    return AwaitingPayment(event.created, event.id)


def _read_payment_intent(event: Event) -> StripeEvent:
    released = event.type == "payment_intent.canceled"
    return PaymentEvent(event.livemode, event.created, payment_intent_id(event.data.object), released)


def _read_payment_of_charge(event: Event) -> StripeEvent:
    charge, payment_intent = payment_of_charge(event.data.object)
    if payment_intent is None:
        return Ignored(f"charge {charge} has no payment intent: no Checkout Session waits for it")
    return PaymentEvent(event.livemode, event.created, payment_intent, event.type == "charge.expired")


def _read_invoice(event: Event) -> StripeEvent:
    found, customer = told_invoice(event.data.object), customer_id(event.data.object)
    return InvoiceEvent(event.livemode, event.created, found, event.type == "invoice.paid", customer)


def _read_subscription(event: Event) -> StripeEvent:
    def seen(subject: dict[str, Any]) -> tuple[str, SubscriptionState]:
        return subscription_state(subject, event.created, needs_prices=event.type != "customer.subscription.deleted")

    subscription, state = seen(event.data.object)
    before = mark_before(event, state.mark, lambda subject: seen(subject)[1].mark)
    told = replace(state, event=event.id, before=before)
    fact = SubscriptionSeen(subscription, event.created, answer=0, states=(told,))
    return SubscriptionEvent(event.livemode, subscription, fact, customer_id(event.data.object))


def _read_refunded_charge(event: Event) -> StripeEvent:
    found = given_back(event.data.object)
    if not found.captured:
        return Ignored(f"nothing of charge {found.charge} was ever captured: nothing was given back")
    if not found.amount:
        return Ignored(f"nothing of charge {found.charge} has been refunded")
    if not found.payment_intent and not found.invoice:
        return Ignored(f"charge {found.charge} has neither payment intent nor invoice: no Checkout Session made it")
    full = found.amount >= found.captured
    fact = Refunded(found.charge, found.amount, full, freezes=False, at=event.created, invoice=found.invoice)
    return ChargeEvent(fact, event.livemode, found.charge, found.payment_intent, found.invoice)


def _read_refund(event: Event) -> StripeEvent:
    refund = refund_state(event.data.object, failed=event.type == "refund.failed")
    if not refund.came_to_nothing or not refund.charge:
        return Ignored(f"refund {refund.id} is {refund.status}: charge.refunded tells what was given back")
    canceled = refund.status is RefundStatus.CANCELED
    fact = RefundFailed(refund.id, refund.charge, refund.amount, event.created, canceled)
    return ChargeEvent(fact, event.livemode, refund.charge, refund.payment_intent)


def _read_dispute(event: Event) -> StripeEvent:
    dispute, charge, payment_intent = disputed_charge(event.data.object)
    state = dispute_state(event.data.object)
    if event.type == "charge.dispute.funds_reinstated":
        state = replace(state, reinstated=True)
    before = mark_before(event, state.mark, lambda subject: dispute_state(subject).mark)
    told = replace(state, event=event.id, before=before)
    fact = Disputed(dispute, charge, event.created, states=(told,))
    return ChargeEvent(fact, event.livemode, charge, payment_intent)


_READERS: dict[str, Callable[[Event], StripeEvent]] = {
    "checkout.session.completed": _read_checkout,
    "checkout.session.async_payment_succeeded": _read_checkout,
    "checkout.session.async_payment_failed": _read_checkout,
    "payment_intent.succeeded": _read_payment_intent,
    "payment_intent.canceled": _read_payment_intent,
    "charge.captured": _read_payment_of_charge,
    "charge.expired": _read_payment_of_charge,
    "invoice.paid": _read_invoice,
    "invoice.payment_failed": _read_invoice,
    "customer.subscription.created": _read_subscription,
    "customer.subscription.updated": _read_subscription,
    "customer.subscription.paused": _read_subscription,
    "customer.subscription.resumed": _read_subscription,
    "customer.subscription.deleted": _read_subscription,
    "charge.refunded": _read_refunded_charge,
    "refund.created": _read_refund,
    "refund.updated": _read_refund,
    "refund.failed": _read_refund,
    "charge.refund.updated": _read_refund,
    "charge.dispute.created": _read_dispute,
    "charge.dispute.updated": _read_dispute,
    "charge.dispute.closed": _read_dispute,
    "charge.dispute.funds_withdrawn": _read_dispute,
    "charge.dispute.funds_reinstated": _read_dispute,
}
