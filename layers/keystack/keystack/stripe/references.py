"""Ask Stripe which references may lead to the order of a charge. Imports nothing of Stripe's library: it takes long."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
    if invoice:
        subscription = stripe.subscription_of_invoice(invoice)
        if subscription:
            yield subscription
    if payment_intent:
        for paid in stripe.invoices_of_payment(payment_intent):
            yield paid.invoice
            if paid.subscription:
                yield paid.subscription
