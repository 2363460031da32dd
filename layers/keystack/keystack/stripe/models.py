"""Stripe's objects as events carry them, of every API version since 2018: only the fields that are read.

Sources: Stripe API reference, "The Session object", "The Charge object", "The Refund object", "The Dispute object",
"The Subscription object", and the changelog of 2025-03-31.basil (periods moved to the items, invoices off charges).
Every field is optional where some version or mode lacks it.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _id_of(value: Any) -> Any:
    """An expandable field holds an id or the object itself."""
    return value.get("id") if isinstance(value, dict) else value


def _clean(value: Any) -> Any:
    """Free text loses what no database takes: half surrogates and control characters."""
    if not isinstance(value, str):
        return value
    encodable = value.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in encodable)[:500]


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,255}$"), BeforeValidator(_id_of)]
# Up to the year 2106: what lies beyond is no date of Stripe's, and no database writes it.
Time = Annotated[int, Field(ge=0, lt=2**32)]
Amount = Annotated[int, Field(ge=0, lt=10**15)]  # in the currency's smallest unit


def _if_amount(value: Any) -> Any:
    """What is only shown must not keep an order from being minted: None for what is no amount."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None


def _if_currency(value: Any) -> Any:
    """None for what is no three-letter code."""
    return value.lower() if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() else None


Text = Annotated[str, BeforeValidator(_clean)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CustomerDetails(Shape):
    email: Text | None = None
    name: Text | None = None


class Session(Shape):
    id: Id
    livemode: bool | None = None
    created: Time | None = None
    mode: str | None = None
    payment_status: str | None = None
    customer: Id | None = None
    customer_details: CustomerDetails | None = None
    customer_email: Text | None = None
    amount_total: Annotated[int | None, BeforeValidator(_if_amount)] = None
    currency: Annotated[str | None, BeforeValidator(_if_currency)] = None
    payment_intent: Id | None = None
    subscription: Id | None = None
    invoice: Id | None = None


class Charge(Shape):
    id: Id
    amount: Amount = 0
    amount_refunded: Amount = 0
    refunded: bool = False
    payment_intent: Id | None = None
    invoice: Id | None = None


class Refund(Shape):
    id: Id
    amount: Amount = 0
    status: str | None = None
    charge: Id | None = None
    payment_intent: Id | None = None


class Dispute(Shape):
    id: Id
    status: str | None = None
    charge: Id | None = None
    payment_intent: Id | None = None


class SubscriptionItem(Shape):
    current_period_end: Time | None = None


class SubscriptionItems(Shape):
    data: tuple[SubscriptionItem, ...] = ()


class CancellationDetails(Shape):
    reason: str | None = None


class Subscription(Shape):
    id: Id
    ended_at: Time | None = None
    canceled_at: Time | None = None
    current_period_end: Time | None = None
    items: SubscriptionItems | None = None
    cancellation_details: CancellationDetails | None = None


class EventData(Shape):
    object: dict[str, Any]


class Event(Shape):
    id: Id
    type: str
    created: Time = 0
    livemode: bool = False
    data: EventData
