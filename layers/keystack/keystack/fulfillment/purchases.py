"""What is known of a purchase, with what only Stripe can tell."""

from dataclasses import replace
from typing import TYPE_CHECKING

from keystack.domain.facts import AwaitingPayment, Paid, PaymentFailed
from keystack.domain.minting import Purchase
from keystack.domain.orders import Order

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi  # its library takes long to import


def complete_purchase(
    order: Order, fact: Paid | AwaitingPayment | PaymentFailed, stripe: "StripeApi | None"
) -> Purchase:
    """Ask Stripe for what an event does not say: the line items, and the e-mail address if need be.

    `stripe`: None for what is not paid, of which nothing is minted.
    """
    if stripe is None:
        return Purchase(order, (fact,))
    lines = stripe.line_items(order.id)
    if not order.email and order.stripe_customer:
        order = replace(order, email=stripe.customer_email(order.stripe_customer))
    return Purchase(order, (fact,), lines)
