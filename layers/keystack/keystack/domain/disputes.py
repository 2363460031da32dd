"""A dispute as Stripe has it: whether the money is gone. Source: Stripe API reference, "The Dispute object"."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from keystack.domain.observations import mark_of


class DisputeStatus(StrEnum):
    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    CHARGE_REFUNDED = "charge_refunded"  # before 2022: closed because the vendor had given the money back
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"


@dataclass(frozen=True)
class DisputeState:
    """What a dispute was at a time, and what its balance transactions say.

    `took_money`: more than they gave back. `reinstated`: they gave it all back. `since`: when it was first seen so.
    """

    status: DisputeStatus
    took_money: bool = False
    reinstated: bool = False
    since: int = 0
    event: str = ""
    before: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the customer has the money back for now, or for good."""
        if self.reinstated:
            return False
        match self.status:
            case DisputeStatus.NEEDS_RESPONSE | DisputeStatus.UNDER_REVIEW | DisputeStatus.LOST:
                return True
            case DisputeStatus.APPEAL_NEEDS_RESPONSE | DisputeStatus.APPEAL_UNDER_REVIEW:
                return True
            case DisputeStatus.PREVENTED:
                return self.took_money
            case DisputeStatus.WARNING_NEEDS_RESPONSE | DisputeStatus.WARNING_UNDER_REVIEW:
                return False
            case DisputeStatus.WARNING_CLOSED | DisputeStatus.CHARGE_REFUNDED | DisputeStatus.WON:
                return False  # a refund speaks for itself
            case _:
                assert_never(self.status)

    @property
    def mark(self) -> str:
        return mark_of(self.status, self.took_money, self.reinstated)
