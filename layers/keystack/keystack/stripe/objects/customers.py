"""Whose an object is. Source: Stripe API reference, "The Customer object"."""

from typing import Any

from keystack.stripe.models import IdIfAny, Shape
from keystack.stripe.reading import read


class Owned(Shape):
    customer: IdIfAny = None


def customer_id(subject: dict[str, Any]) -> str | None:
    """Read the Stripe Customer of any object; it only travels onward, so what is none counts as absent."""
    return read(Owned, subject).customer
