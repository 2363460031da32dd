"""What the replay of an event does that only rings for something: for a payment, a subscription or a dispute.

It asks Stripe, if an order is known that the event is about. What Stripe would answer is not asked here.
"""

from keystack.domain.facts import Disputed, PaymentFailed
from keystack.fulfillment.subscription_observer import facts_of_invoice
from keystack.management.foresight import AddsFact, AsksStripe, NothingToReplay
from keystack.storage.licenses.references import Reference, load_references
from keystack.stripe.events import ChargeEvent, InvoiceEvent, PaymentEvent, SubscriptionEvent

Doorbell = PaymentEvent | InvoiceEvent | SubscriptionEvent
Rings = AsksStripe | AddsFact | NothingToReplay
IS_PAID = "whether it is paid by now, and what was bought"


def foresee_doorbell(org: str, event: Doorbell) -> Rings:
    match event:
        case PaymentEvent():
            [found] = load_references(org, [event.payment_intent]).values()
            return _of_payment(event, found)
        case InvoiceEvent():
            return _of_invoice(org, event)
        case SubscriptionEvent():
            [found] = load_references(org, [event.subscription]).values()
            return _stands(event.subscription, found.order) or AddsFact(event.fact, None, known=False)


def foresee_dispute(event: ChargeEvent, order: str) -> AsksStripe | None:
    """Tell what is asked about a dispute whose `order` is known; None for a charge that nobody disputes."""
    if not isinstance(event.fact, Disputed):
        return None
    return AsksStripe(f"what has become of dispute {event.fact.dispute}", order)


def _of_payment(event: PaymentEvent, found: Reference) -> Rings:
    if not found.order or not found.pending:
        return NothingToReplay(f"no order waits for payment {event.payment_intent}")
    if event.released:
        return AddsFact(PaymentFailed(event.at), found.order, known=False)
    return AsksStripe(IS_PAID, found.order)


def _of_invoice(org: str, event: InvoiceEvent) -> Rings:
    invoice = event.invoice
    found = load_references(org, filter(None, (invoice.id, invoice.subscription)))
    own, subscription = found[invoice.id], found.get(invoice.subscription or "")
    if own.order and own.pending:
        return AsksStripe(IS_PAID, own.order)
    if own.order:
        return NothingToReplay(f"invoice {invoice.id} is that of order {own.order}, which does not wait for a payment")
    asks = _stands(subscription.id, subscription.order) if subscription else None
    fact = next(facts_of_invoice(invoice, event.at), None)
    if asks or subscription is None or fact is None or invoice.is_first:
        return asks or NothingToReplay(f"no order is known that invoice {invoice.id} is about")
    return AddsFact(fact, None, known=False)


def _stands(subscription: str, order: str | None) -> AsksStripe | None:
    return AsksStripe(f"how subscription {subscription} stands", order) if order else None
