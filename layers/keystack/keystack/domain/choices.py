"""What may be done with a license now, what each decision would do, and why the others are refused. Pure.

Whether a decision is refused is asked of the decision itself: there is no second copy of its rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from keystack.domain import decisions
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.status import Status, expires_at, license_status
from keystack.errors import ConflictError


class Decision(StrEnum):
    FREEZE = "freeze"
    REACTIVATE = "reactivate"
    REVOKE = "revoke"
    RESEND = "resend"


@dataclass(frozen=True)
class Choice:
    """`effect`: what it would do, in sentences; `refusal`: why it may not be done now, empty if it may."""

    decision: Decision
    effect: str
    refusal: str = ""

    @property
    def is_allowed(self) -> bool:
        return not self.refusal


def choices(order: Order, license: License, now: int) -> dict[Decision, Choice]:
    """Tell of every decision about a license whether it may be made now."""
    return {
        each: Choice(each, effect_of(each, order, license, now), refusal_of(each, order, license, now))
        for each in Decision
    }


def refusal_of(decision: Decision, order: Order, license: License, now: int) -> str:
    """Say why a decision may not be made now; empty if it may."""
    try:
        _TRIALS[decision](order, license, now)
    except ConflictError as error:
        return str(error)
    return ""


_TRIALS: Mapping[Decision, Callable[[Order, License, int], object]] = {
    Decision.FREEZE: lambda order, license, now: decisions.freeze(order, license, "", "", now),
    Decision.REACTIVATE: lambda order, license, now: decisions.reactivate(order, license, "", "", now),
    Decision.REVOKE: lambda order, license, now: decisions.revoke(order, license, "", "", now),
    Decision.RESEND: decisions.refuse_resending,
}


def effect_of(decision: Decision, order: Order, license: License, now: int) -> str:
    """Say what a decision does, and what it leaves as it is."""
    match decision:
        case Decision.FREEZE:
            return (
                "Freezing stops this license until a person reactivates it; the customer's software stops working at"
                f" its next check.{_others(order)}"
            )
        case Decision.REACTIVATE if _has_ended(order, license, now):
            return (
                "Reactivating lifts every hold of this license, but what it paid for has ended: it is expired then."
                f"{_others(order)}"
            )
        case Decision.REACTIVATE:
            return (
                "Reactivating lifts every hold of this license; the customer's software works again at its next check."
                f" A refund, a dispute or an unpaid invoice that comes later freezes it again.{_others(order)}"
            )
        case Decision.REVOKE:
            return (
                "Revoking ends this license for good; the customer's software stops working at its next check."
                f"{_others(order)}"
            )
        case Decision.RESEND:
            count = "its active licenses" if order.license_count > 1 else "this license"
            return f"Resending sends the order's e-mail, with {count}, once more to {order.email or 'nobody'}."
        case _:
            assert_never(decision)


def _has_ended(order: Order, license: License, now: int) -> bool:
    end = expires_at(order, license)
    return end is not None and end <= now and license_status(order, license, now) is Status.FROZEN


def _others(order: Order) -> str:
    others = order.license_count - 1
    if others < 1:
        return ""
    return f" The order's other {'license stays as it is' if others == 1 else f'{others} licenses stay as they are'}."
