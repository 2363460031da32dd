"""Holds: why a license is frozen. Which ones are open follows from the facts alone.

A hold is opened once and lifted once: by the failure of its refund, by its dispute being won, or by a person.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    Facts,
    Held,
    HoldLifted,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionDeleted,
)

# Stripe stamps events in whole seconds and may stamp a refund that fails at once in either order.
# A failure up to this much older than the report of a refund still counts as the failure of that refund.
SAME_MOMENT = 60


class HoldKind(StrEnum):
    REFUND = "refund"
    DISPUTE = "dispute"
    PERSON = "person"


@dataclass(frozen=True)
class Hold:
    """`since` in Unix seconds."""

    id: str
    kind: HoldKind
    reason: str
    since: int


def open_holds(facts: Facts) -> tuple[Hold, ...]:
    """Name the holds that are open, the oldest first."""
    found = [hold for hold in _opened(facts) if not _lifted_by_person(facts, hold.id)]
    return tuple(sorted(found, key=lambda hold: (hold.since, hold.id)))


def _opened(facts: Facts) -> list[Hold]:
    found = []
    for fact in facts.values():
        match fact:
            case Refunded() if fact.freezes and _still_refunded(facts, fact):
                extent = "in full" if fact.full else "in part"
                found.append(Hold(fact.id, HoldKind.REFUND, f"charge {fact.charge} was refunded {extent}", fact.at))
            case Disputed() if f"dispute_won:{fact.dispute}" not in facts:
                why = f"charge {fact.charge} is disputed ({fact.dispute})"
                found.append(Hold(fact.id, HoldKind.DISPUTE, why, fact.at))
            case Held():
                found.append(Hold(fact.hold, HoldKind.PERSON, fact.reason or f"frozen by {fact.by}", fact.at))
            case Refunded() | RefundFailed() | Disputed() | DisputeWon() | HoldLifted() | Revoked():
                pass
            case Paid() | AwaitingPayment() | PaymentFailed() | SubscriptionDeleted():
                pass
            case _:
                assert_never(fact)
    return found


def _still_refunded(facts: Facts, refund: Refunded) -> bool:
    """Tell whether the charge is still refunded that far.

    Each report says how much had been refunded at its time; what failed since comes off. The latest truth about the
    charge is the largest of these sums, for a report that counts a failed refund can only be too low.
    """
    reports = [fact for fact in facts.values() if isinstance(fact, Refunded) and fact.charge == refund.charge]
    failures = [fact for fact in facts.values() if isinstance(fact, RefundFailed) and fact.charge == refund.charge]
    return refund.amount <= max(
        report.amount - sum(failed.amount for failed in failures if failed.at >= report.at - SAME_MOMENT)
        for report in reports
    )


def _lifted_by_person(facts: Facts, hold: str) -> bool:
    """Tell whether a person lifted `hold`. Lifting "refunded up to N" covers every smaller amount of that charge."""
    if f"lifted:{hold}" in facts:
        return True
    kind, _, rest = hold.partition(":")
    if kind != "refund":
        return False
    charge, _, amount = rest.rpartition(":")
    return any(
        isinstance(fact, HoldLifted)
        and fact.hold.startswith(f"refund:{charge}:")
        and int(fact.hold.rpartition(":")[2]) >= int(amount)
        for fact in facts.values()
    )
