"""The dispute. Source: Stripe API reference, "The Dispute object"."""

from typing import Any

from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.stripe.models import Id, Shape, SignedAmount
from keystack.stripe.reading import UnreadableError, read


class BalanceTransaction(Shape):
    amount: SignedAmount


class Dispute(Shape):
    id: Id
    status: DisputeStatus
    charge: Id
    payment_intent: Id | None = None
    balance_transactions: tuple[BalanceTransaction, ...] | None = None


def disputed_charge(subject: dict[str, Any]) -> tuple[str, str, str | None]:
    """Read a dispute's id, its charge and its payment intent."""
    dispute = read(Dispute, subject)
    return dispute.id, dispute.charge, dispute.payment_intent


def dispute_state(subject: dict[str, Any]) -> DisputeState:
    """Read how a dispute stands, and whether its money is gone."""
    dispute = read(Dispute, subject)
    moved = dispute.balance_transactions
    if moved is None and dispute.status is DisputeStatus.PREVENTED:
        raise UnreadableError(["balance_transactions"])  # they alone tell whether it took money
    balance = sum(each.amount for each in moved or ())
    return DisputeState(dispute.status, took_money=balance < 0, reinstated=bool(moved) and balance >= 0)
