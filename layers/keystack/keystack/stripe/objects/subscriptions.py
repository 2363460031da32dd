"""The subscription. Source: Stripe API reference, "The Subscription object"; the changelog of 2025-03-31, which moved
the period from the subscription to its items; prices took the place of plans in 2020.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator

from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus, has_ended
from keystack.errors import ActionNeededError
from keystack.stripe.models import Flag, Id, Quantity, Shape, Text, Time
from keystack.stripe.reading import UnreadableError, read

METERED = "metered"


def _expanded(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


class Recurring(Shape):
    usage_type: str | None = None


class Price(Shape):
    id: Id
    product: Id | None = None
    recurring: Recurring | None = None


class Plan(Shape):
    id: Id
    product: Id | None = None
    usage_type: str | None = None


class SubscriptionItem(Shape):
    id: Id
    price: Annotated[Price | None, BeforeValidator(_expanded)] = None
    plan: Annotated[Plan | None, BeforeValidator(_expanded)] = None
    quantity: Quantity | None = None
    current_period_end: Time | None = None

    @property
    def is_metered(self) -> bool:
        recurring = self.price.recurring if self.price else None
        return METERED in (recurring and recurring.usage_type, self.plan and self.plan.usage_type)


class SubscriptionItems(Shape):
    data: tuple[SubscriptionItem, ...]
    has_more: Flag = False


class CancellationDetails(Shape):
    reason: Text | None = None


class Subscription(Shape):
    id: Id
    status: SubscriptionStatus
    items: SubscriptionItems
    current_period_end: Time | None = None
    ended_at: Time | None = None
    canceled_at: Time | None = None
    cancel_at: Time | None = None
    cancel_at_period_end: Flag | None = None
    trial_end: Time | None = None
    pause_collection: dict[str, Any] | None = None
    latest_invoice: Id | None = None
    cancellation_details: CancellationDetails | None = None


def subscription_state(subject: dict[str, Any], at: int, needs_prices: bool = True) -> tuple[str, SubscriptionState]:
    """Read a subscription's id and how it stands; `at`: when it was seen so.

    `needs_prices`: whether its items are followed, so that each must have a price; of one that is gone none is.

    Raises ActionNeededError for one with more items than the object lists: what is not seen would count as removed.
    """
    found = read(Subscription, subject)
    if not found.items.data:
        raise UnreadableError(["items.data"])
    if found.items.has_more:
        raise ActionNeededError(
            f"subscription {found.id} has more items than Stripe lists with it, and KeyStack does not read the rest:"
            " report it to KeyStack"
        )
    items = tuple(
        sorted(
            (_item(found, number, needs_prices) for number in range(len(found.items.data))), key=lambda item: item.id
        )
    )
    return found.id, SubscriptionState(
        found.status,
        items,
        ends=_ends(found, items, at),
        trial_end=found.trial_end,
        collection_paused=found.pause_collection is not None,
        latest_invoice=found.latest_invoice,
        reason=found.cancellation_details.reason if found.cancellation_details else None,
    )


def _item(subscription: Subscription, number: int, needs_price: bool) -> Item:
    item = subscription.items.data[number]
    price = item.price or item.plan
    period_end = item.current_period_end
    if period_end is None:
        period_end = subscription.current_period_end
    if (price is None and needs_price) or period_end is None:
        missing = "current_period_end" if period_end is None else "price"
        raise UnreadableError([f"items.data.{number}.{missing}"])
    quantity = 1 if item.is_metered or item.quantity is None else item.quantity
    return Item(item.id, price.id if price else "", price.product if price else None, quantity, period_end)


def _ends(subscription: Subscription, items: tuple[Item, ...], at: int) -> int | None:
    """Say when it ended or, if that is set, will end."""
    if has_ended(subscription.status):
        return subscription.ended_at or subscription.canceled_at or at
    if subscription.cancel_at is None and subscription.cancel_at_period_end:
        return max(item.period_end for item in items)
    return subscription.cancel_at
