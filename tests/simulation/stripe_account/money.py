"""Refunds and disputes. Sources: Stripe's documentation, "Refund and cancel payments", "How disputes work"."""

from simulation.stripe_account import shapes
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import OLD, Charge, Dispute, Json, Purchase, Refund

CLOSED = ("warning_closed", "won", "lost", "prevented", "charge_refunded")


def refund(account: Account, purchase: Purchase, charge: Charge, amount: int, status: str = "succeeded") -> list[Json]:
    """Give money back. A refund that is `pending` or `requires_action` counts as given back already."""
    given = Refund(f"re_{account.number()}", amount, status)
    charge.refunds.append(given)
    charge.reports.append(charge.refunded)
    told = account.of_charge(purchase, charge, "refunded")
    return [*told, *account.event(purchase, "refund.created", shapes.refund(charge, given))]


def refund_becomes(account: Account, purchase: Purchase, charge: Charge, given: Refund, status: str) -> list[Json]:
    """Let a refund succeed, fail or be canceled. The old version has one event for all of it."""
    given.status = status
    told = shapes.refund(charge, given)
    kinds = ["charge.refund.updated"] if account.version == OLD else ["refund.updated"]
    if status == "failed" and account.version != OLD:
        kinds.insert(0, "refund.failed")
    return [event for kind in kinds for event in account.event(purchase, kind, told)]


def disputed(
    account: Account, purchase: Purchase, charge: Charge, status: str = "needs_response", moved: int | None = None
) -> list[Json]:
    """Open a dispute, or an inquiry, which takes nothing. `moved`: another amount than that takes."""
    dispute = Dispute(f"dp_{account.number()}", status)
    charge.disputes[dispute.id] = dispute
    takes = -charge.captured if status == "needs_response" else 0
    told = _moved(account, purchase, charge, dispute, takes if moved is None else moved)
    return [*account.event(purchase, "charge.dispute.created", shapes.dispute(purchase, charge, dispute)), *told]


def dispute_becomes(
    account: Account, purchase: Purchase, charge: Charge, dispute: Dispute, status: str, moved: int = 0
) -> list[Json]:
    """Change a dispute's status; `moved`: what is taken (negative) or given back with it."""
    dispute.status = status
    told = _moved(account, purchase, charge, dispute, moved)
    kind = "charge.dispute.closed" if status in CLOSED else "charge.dispute.updated"
    return [*account.event(purchase, kind, shapes.dispute(purchase, charge, dispute)), *told]


def _moved(account: Account, purchase: Purchase, charge: Charge, dispute: Dispute, amount: int) -> list[Json]:
    if not amount:
        return []
    dispute.moved.append(amount)
    kind = f"charge.dispute.funds_{'withdrawn' if amount < 0 else 'reinstated'}"
    return account.event(purchase, kind, shapes.dispute(purchase, charge, dispute))
