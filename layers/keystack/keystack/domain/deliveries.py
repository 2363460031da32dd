"""What can become of a delivery, which is one Stripe event as KeyStack received it."""

from enum import StrEnum
from typing import assert_never


class DeliveryStatus(StrEnum):
    SUCCEEDED = "succeeded"
    IGNORED = "ignored"
    RETRYING = "retrying"
    FAILED = "failed"
    WAITING = "waiting"  # for a payment; another event tells when it is there
    REJECTED = "rejected"  # badly signed requests; they are only counted


def needs_attention(status: DeliveryStatus) -> bool:
    """Tell whether a delivery of this status is not done yet: it is tried again, or waits for a person."""
    match status:
        case DeliveryStatus.RETRYING | DeliveryStatus.FAILED:
            return True
        case DeliveryStatus.SUCCEEDED | DeliveryStatus.IGNORED | DeliveryStatus.REJECTED | DeliveryStatus.WAITING:
            return False
        case _:
            assert_never(status)
