"""The kinds of plan, and how long a license of each kind lasts. A new kind is added here and nowhere else."""

from enum import StrEnum
from typing import assert_never

from keystack.domain.billing import subscription_end
from keystack.domain.facts import OrderFacts, paid_at

DAY = 86_400  # seconds


class PlanKind(StrEnum):
    PERPETUAL = "perpetual"
    SUBSCRIPTION = "subscription"
    FIXED = "fixed"


def has_duration(kind: PlanKind) -> bool:
    """Tell whether a plan of this kind has `duration_days`."""
    match kind:
        case PlanKind.FIXED:
            return True
        case PlanKind.PERPETUAL | PlanKind.SUBSCRIPTION:
            return False
        case _:
            assert_never(kind)


def expiry(
    kind: PlanKind, duration_days: int | None, facts: OrderFacts, created_at: int, item: str | None = None
) -> int | None:
    """Say when a license of an order with these facts expires (Unix seconds); None: never, as far as they tell.

    `created_at` is the moment from which a duration counts where no payment is known; `item`: the subscription item
    that pays for it, if that is known.
    """
    match kind:
        case PlanKind.PERPETUAL:
            return None
        case PlanKind.SUBSCRIPTION:
            return subscription_end(facts, item)
        case PlanKind.FIXED:
            return paid_at(facts, created_at) + (duration_days or 0) * DAY
        case _:
            assert_never(kind)
