"""What happens in enumerated histories: a purchase that went through, and what may follow it."""

from collections.abc import Callable
from typing import Any

from simulation.account import Json, Purchase
from simulation.world import SimulatedWorld

Named = tuple[str, Callable[[], object]]


def sold(world: SimulatedWorld, *lines: Any) -> Purchase:
    purchase = world.buy(*lines)
    world.post(world.completed(purchase))
    world.work_off()
    return purchase


def happens(world: SimulatedWorld, purchase: Purchase, what: str) -> Json:
    account, charge = world.accounts[purchase.org], purchase.charges[0]
    match what:
        case "part refunded":
            return world.refund(purchase, charge.amount // 2)
        case "refunded" | "refunded again":
            return world.refund(purchase)
        case "refund failed":
            return account.refund_failed(purchase, charge, charge.refunds[0])
        case "disputed":
            return account.dispute(purchase, charge)
        case "dispute won":
            return account.dispute_closed(purchase, charge, next(iter(charge.disputes)), "won")
        case _:
            return world.deleted(purchase)
