"""What an event about a payment, an invoice or a subscription rings for: the order, and what to ask Stripe for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keystack.domain.facts import OrderFact, Paid, PaymentFailed, is_paid
from keystack.domain.invoices import Invoice
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order
from keystack.domain.subscriptions import SubscriptionStatus
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.fulfillment.apply_fact import park
from keystack.fulfillment.purchases import complete_purchase
from keystack.fulfillment.subscription_observer import SubscriptionObserver, facts_of_invoice
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.licenses.orders import load_order
from keystack.storage.licenses.references import Reference, load_references
from keystack.stripe.events import InvoiceEvent, PaymentEvent, SubscriptionEvent

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi  # its library takes long to import

Stripe = Callable[[], "StripeApi"]


@dataclass(frozen=True)
class Rung:
    """What is to be decided: a `purchase`, with an observer of its subscription; or nothing, and why."""

    purchase: Purchase | None = None
    observer: SubscriptionObserver | None = None
    why: str = ""
    is_parked: bool = False


def ring(
    org: str, event: PaymentEvent | InvoiceEvent | SubscriptionEvent, stripe: Stripe, now: int, source: str
) -> Rung:
    """Tell what an event (`source`) rings for. Raises RetryLaterError when what it rings for was changed just now."""
    match event:
        case PaymentEvent():
            return _ring_for_payment(org, event, stripe, now, source)
        case InvoiceEvent():
            return _ring_for_invoice(org, event, stripe, now, source)
        case SubscriptionEvent():
            return _ring_for_subscription(org, event, stripe, now)


def _ring_for_payment(org: str, event: PaymentEvent, stripe: Stripe, now: int, source: str) -> Rung:
    """Tell whether an order waits for the payment, and what has become of it. One that no order waits for: one read."""
    [found] = load_references(org, [event.payment_intent]).values()
    if not found.order or not _waits(found, source):
        return Rung(why=f"no order waits for payment {event.payment_intent}")
    order = _load(org, found.order, event.livemode)
    if event.released:
        return Rung(Purchase(order, (PaymentFailed(event.at),)))
    return if_paid(order, event.at, stripe, now)


def _ring_for_invoice(org: str, event: InvoiceEvent, stripe: Stripe, now: int, source: str) -> Rung:
    """Tell what an invoice that is paid, or could not be collected, changes: an order that waits, or a subscription."""
    invoice = event.invoice
    found = load_references(org, filter(None, (invoice.id, invoice.subscription)))
    own, subscription = found[invoice.id], found.get(invoice.subscription or "")
    if own.order and _waits(own, source):
        order = _load(org, own.order, event.livemode)
        if not invoice.is_paid:
            return if_paid(order, event.at, stripe, now)
        return _paid(order, event.at, stripe, now, tuple(facts_of_invoice(invoice, event.at, is_first=True)))
    if own.order:
        return Rung(why=f"no order waits for invoice {invoice.id}: it is that of order {own.order}, which is paid")
    if subscription is None:
        return Rung(why=f"invoice {invoice.id} is of no subscription, and no order waits for it")
    facts = tuple(facts_of_invoice(invoice, event.at))
    if subscription.order is None:
        return _park(org, subscription, facts, invoice)
    purchase = _known(org, subscription, event.livemode, event.customer, facts)
    return Rung(purchase, SubscriptionObserver(org, stripe, now))


def _ring_for_subscription(org: str, event: SubscriptionEvent, stripe: Stripe, now: int) -> Rung:
    """Tell which order's subscription changed; without an order, its snapshot waits for one."""
    [found] = load_references(org, [event.subscription]).values()
    if found.order is None:
        _keep(org, found, [event.fact])
        return Rung(why=f"kept until the order of subscription {event.subscription} arrives", is_parked=True)
    purchase = _known(org, found, event.livemode, event.customer)
    return Rung(purchase, SubscriptionObserver(org, stripe, now, event.fact))


def ring_for_checkout(bought: Order, stripe: Stripe, now: int) -> Rung:
    """Tell whether an order that was just written as not paid is paid by now, or was before and waits for a mapping."""
    stored = load_order(bought.org, bought.id)
    order = stored.order if stored else bought
    if is_paid(order.facts):
        return _unfinished(order) if order.waiting else Rung()
    return if_paid(order, now, stripe, now)  # since when it is paid, Stripe does not say


def if_paid(order: Order, at: int, stripe: Stripe, now: int) -> Rung:
    """Ask Stripe whether the session of an order that waits, or the session's invoice, is paid by now."""
    if is_paid(order.facts):
        return _unfinished(order)
    try:
        session = stripe().session(order.id)
        invoice = session.invoice or order.invoice
        paid = session.is_paid or (invoice is not None and stripe().invoice(invoice).is_paid)
    except ActionNeededError as error:
        return Rung(why=f"whether it is paid by now cannot be asked: {error}")
    return _paid(order, at, stripe, now) if paid else Rung(why="Stripe says that it is not paid yet")


def _waits(found: Reference, source: str) -> bool:
    """Tell whether the order waits for its payment, or this very event ended that and may not have come to its end."""
    return found.pending or found.paid_by == source


def _paid(order: Order, at: int, stripe: Stripe, now: int, facts: tuple[OrderFact, ...] = ()) -> Rung:
    if is_paid(order.facts):
        return _unfinished(order)
    begins = SubscriptionStatus.ACTIVE if order.subscription else None  # a trial would not have waited for a payment
    purchase = complete_purchase(order, Paid(at, begins), stripe())
    return Rung(replace(purchase, facts=(*purchase.facts, *facts)), SubscriptionObserver(order.org, stripe, now))


def _unfinished(order: Order) -> Rung:
    """Go on with what a crash, or an unmapped price, may have left of an order that is paid."""
    return Rung(Purchase(order, (), order.waiting))


def _known(
    org: str, found: Reference, livemode: bool, customer: str | None, facts: tuple[OrderFact, ...] = ()
) -> Purchase:
    """Name an order that is on record: all but its id is read when the purchase is decided."""
    stub = Order(org, str(found.order), livemode, created_at=0)
    return Purchase(stub, facts, is_on_record=True, key_ring_of=customer)


def _load(org: str, order: str, livemode: bool) -> Order:
    stored = load_order(org, order)
    if stored is None:
        raise RetryLaterError(f"order {order} is referenced and not there yet")
    if stored.order.livemode is not livemode:
        raise ActionNeededError(f"the event and order {order} are of different modes (live and test): nothing changed")
    return stored.order


def _keep(org: str, found: Reference, facts: Sequence[OrderFact]) -> None:
    try:
        park(org, [found], facts)
    except ConditionFailedError:
        raise RetryLaterError(f"what is known under {found.id} was changed just now", after=1) from None


def _park(org: str, found: Reference, facts: tuple[OrderFact, ...], invoice: Invoice) -> Rung:
    """Keep what was paid until the order comes. Of its first invoice the checkout itself tells."""
    if facts and not invoice.is_first:
        _keep(org, found, facts)
        return Rung(why=f"kept until the order of subscription {invoice.subscription} arrives", is_parked=True)
    return Rung(why=f"no order is known for subscription {invoice.subscription}, and nothing has to wait for one")
