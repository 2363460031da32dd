"""A subscription as Stripe has it: its status, its items, until when it runs. Times are Unix seconds.

Source: Stripe API reference, "The Subscription object"; Stripe's documentation, "How subscriptions work".
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from keystack.domain.observations import mark_of


class SubscriptionStatus(StrEnum):
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    CANCELED = "canceled"


def has_ended(status: SubscriptionStatus) -> bool:
    """Tell whether a subscription of this status is over for good."""
    match status:
        case SubscriptionStatus.CANCELED | SubscriptionStatus.INCOMPLETE_EXPIRED:
            return True
        case SubscriptionStatus.INCOMPLETE | SubscriptionStatus.TRIALING | SubscriptionStatus.ACTIVE:
            return False
        case SubscriptionStatus.PAST_DUE | SubscriptionStatus.UNPAID | SubscriptionStatus.PAUSED:
            return False
        case _:
            assert_never(status)


@dataclass(frozen=True)
class Item:
    """A subscription item (`si_…`): what recurs. A metered one has the quantity 1. `price` is empty where
    nothing depends on it; `period_end` is that of the current period."""

    id: str
    price: str
    product: str | None
    quantity: int
    period_end: int


@dataclass(frozen=True)
class SubscriptionState:
    """What a subscription was at a time.

    `ends`: when it ended or, if that is set, will end. `reason`: why it was canceled, as Stripe has it.
    `latest_is_paid`: whether the latest invoice was paid or free; None: nobody asked.
    `freezes`: whether a paused collection freezes, as the organization says. `since`: when it was first seen so.
    """

    status: SubscriptionStatus
    items: tuple[Item, ...] = ()
    ends: int | None = None
    trial_end: int | None = None
    collection_paused: bool = False
    latest_invoice: str | None = None
    reason: str | None = None
    latest_is_paid: bool | None = None
    freezes: bool = False
    since: int = 0
    event: str = ""
    before: str = ""

    @property
    def has_ended(self) -> bool:
        return has_ended(self.status)

    @property
    def period_end(self) -> int | None:
        return max((item.period_end for item in self.items), default=None)

    @property
    def mark(self) -> str:
        return mark_of(
            self.status, self.items, self.ends, self.trial_end, self.collection_paused, self.latest_invoice, self.reason
        )
