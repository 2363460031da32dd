"""The payment intent. Source: Stripe API reference, "The PaymentIntent object"."""

from typing import Any

from keystack.stripe.models import Id, Shape
from keystack.stripe.reading import read


class PaymentIntent(Shape):
    id: Id


def payment_intent_id(subject: dict[str, Any]) -> str:
    """Read which payment intent it is: what it paid for is asked where it is known."""
    return read(PaymentIntent, subject).id
