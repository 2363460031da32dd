"""The refund. Source: Stripe API reference, "The Refund object"."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from keystack.stripe.models import Amount, Id, Shape
from keystack.stripe.reading import UnreadableError, read


class RefundStatus(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Refund(Shape):
    id: Id
    amount: Amount
    status: RefundStatus | None = None
    charge: Id | None = None
    payment_intent: Id | None = None


@dataclass(frozen=True)
class RefundState:
    """A refund. `charge` is there if the refund came to nothing: it says of which charge the money is back."""

    id: str
    status: RefundStatus
    amount: int
    charge: str | None
    payment_intent: str | None

    @property
    def came_to_nothing(self) -> bool:
        """Tell whether the vendor has the money again."""
        match self.status:
            case RefundStatus.FAILED | RefundStatus.CANCELED:
                return True
            case RefundStatus.PENDING | RefundStatus.REQUIRES_ACTION | RefundStatus.SUCCEEDED:
                return False
            case _:
                assert_never(self.status)


def refund_state(subject: dict[str, Any], failed: bool = False) -> RefundState:
    """Read a refund. `failed`: its event says so, whatever its status is, which old versions do not have."""
    refund = read(Refund, subject)
    status = refund.status
    if failed and status is not RefundStatus.CANCELED:
        status = RefundStatus.FAILED
    if status is None:
        raise UnreadableError(["status"])
    state = RefundState(refund.id, status, refund.amount, refund.charge, refund.payment_intent)
    if state.came_to_nothing and not state.charge:
        raise UnreadableError(["charge"])
    return state
