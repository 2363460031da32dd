"""Ask Stripe which references may lead to the order of a charge. Imports nothing of Stripe's library: it takes long."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keystack.domain.invoices import Invoice

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi


def references_at_stripe(
    stripe: "StripeApi", charge: str | None, payment_intent: str | None, invoice: str | None
) -> Iterator[str]:
    """Yield the payment intent, invoice and subscription that a charge was for, as far as they are not given.

    The only way from the refund of a renewal to its license. Raises GoneError for what Stripe does not know.
    """
    if not payment_intent and charge and not invoice:
        payment_intent = stripe.payment_of_charge(charge)
        if payment_intent:
            yield payment_intent
    for paid in invoices_at_stripe(stripe, payment_intent, invoice):
        yield from references_of(paid, invoice)


def invoices_at_stripe(stripe: "StripeApi", payment_intent: str | None, invoice: str | None) -> list[Invoice]:
    """Ask for the invoices that a payment was for."""
    if invoice:
        return [stripe.invoice(invoice)]
    return stripe.invoices_of_payment(payment_intent) if payment_intent else []


def references_of(invoice: Invoice, known: str | None = None) -> Iterator[str]:
    """Name an invoice, if it is not `known`, and the subscription that it is for."""
    if invoice.id != known:
        yield invoice.id
    if invoice.subscription:
        yield invoice.subscription
