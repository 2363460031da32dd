"""What a Checkout Session's event says of a purchase, with what only Stripe can tell."""

from dataclasses import replace
from typing import TYPE_CHECKING

from keystack.domain.minting import Purchase
from keystack.stripe.events import Checkout

if TYPE_CHECKING:
    from keystack.stripe.client import StripeApi  # its library takes long to import


def complete_purchase(org: str, checkout: Checkout, stripe: "StripeApi | None") -> Purchase:
    """Ask Stripe for what the event does not say: the line items, and the e-mail address if need be.

    `stripe`: None for what is not paid, of which nothing is minted.
    """
    order = replace(checkout.order, org=org)
    if stripe is None:
        return Purchase(order, checkout.fact)
    lines = stripe.line_items(order.id)
    if not order.email and order.stripe_customer:
        order = replace(order, email=stripe.customer_email(order.stripe_customer))
    return Purchase(order, checkout.fact, lines)
