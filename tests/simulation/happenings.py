"""What happens in enumerated histories: a purchase that went through, and what may follow it."""

from collections.abc import Callable
from typing import Any

from simulation.stripe_account import money
from simulation.stripe_account.objects import Json, Purchase
from simulation.world import SimulatedWorld

Named = tuple[str, Callable[[], object]]


def sold(world: SimulatedWorld, *lines: Any) -> Purchase:
    purchase = world.buy(*lines)
    world.post(world.completed(purchase))
    world.work_off()
    return purchase


def happens(world: SimulatedWorld, purchase: Purchase, what: str) -> Json:
    """Let something happen that the first guide's events tell, and give its event."""
    account, charge = world.accounts[purchase.org], purchase.charges[0]
    match what:
        case "part refunded":
            return world.refund(purchase, charge.amount // 2)
        case "refunded" | "refunded again":
            return world.refund(purchase)
        case "refund failed":
            return money.refund_becomes(account, purchase, charge, charge.refunds[0], "failed")[0]
        case "disputed":
            return money.disputed(account, purchase, charge)[0]
        case "dispute won":
            dispute = next(iter(charge.disputes.values()))
            return money.dispute_becomes(account, purchase, charge, dispute, "won", -sum(dispute.moved))[0]
        case _:
            return world.deleted(purchase)
