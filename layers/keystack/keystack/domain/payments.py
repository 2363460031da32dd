"""What Stripe says of the payment of a Checkout Session. Source: Stripe API reference, "The Session object"."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class PaymentStatus(StrEnum):
    PAID = "paid"
    UNPAID = "unpaid"
    NO_PAYMENT_REQUIRED = "no_payment_required"


def needs_no_more(status: PaymentStatus) -> bool:
    """Tell whether a session of this status is paid, or needs no payment."""
    match status:
        case PaymentStatus.PAID | PaymentStatus.NO_PAYMENT_REQUIRED:
            return True
        case PaymentStatus.UNPAID:
            return False
        case _:
            assert_never(status)


@dataclass(frozen=True)
class SessionPayment:
    """How the payment of a session (`id`) stands, and the Stripe ids that it has by now."""

    id: str
    livemode: bool
    status: PaymentStatus
    payment_intent: str | None = None
    subscription: str | None = None
    invoice: str | None = None

    @property
    def is_paid(self) -> bool:
        return needs_no_more(self.status)
