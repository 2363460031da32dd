"""What each license must be, judged from what happened at Stripe and what people decided. Calls nothing of keystack.

Source: the design's table "Which event does what".
"""

from dataclasses import dataclass, field

from simulation.account import Charge, Purchase

DAY = 86_400
QUANTITY = -1

# What a line item earns, by price: the kind of each license, and how many.
EARNS: dict[str, list[tuple[str, int]]] = {
    "price_pro_monthly": [("subscription", 1)],
    "price_pro_lifetime": [("perpetual", QUANTITY)],
    "price_year_pass": [("fixed", 1)],
    "price_bundle": [("perpetual", 1), ("perpetual", 1)],
    "price_tshirt": [],
    "price_new": [("perpetual", 1)],
}
DAYS = {"price_year_pass": 365}


@dataclass
class Decided:
    """What people decided about one license: holds opened and lifted by them, and whether it is revoked."""

    held: set[str] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)
    revoked: bool = False


def earned(price: str, quantity: int) -> list[str]:
    """Name the kind of each license that a line earns."""
    return [kind for kind, count in EARNS[price] for _ in range(quantity if count == QUANTITY else count)]


def status(purchase: Purchase, line: int, kind: str, decided: Decided, freezes_on_partial: bool, now: float) -> str:
    if decided.revoked:
        return "revoked"
    if decided.held - decided.lifted or any(
        _refund_holds(charge, decided, freezes_on_partial) or _dispute_holds(charge, decided)
        for charge in purchase.charges
    ):
        return "frozen"
    end = expires_at(purchase, line, kind)
    return "expired" if end is not None and end <= now else "active"


def expires_at(purchase: Purchase, line: int, kind: str) -> int | None:
    if kind == "fixed" and purchase.paid_at:
        return purchase.paid_at + DAYS[purchase.lines[line][0]] * DAY
    return purchase.paid_until if kind == "subscription" else None


def _refund_holds(charge: Charge, decided: Decided, freezes_on_partial: bool) -> bool:
    """A report freezes if it was of everything (or any part will do), is still true, and nobody lifted it."""
    lifted = [int(hold.rpartition(":")[2]) for hold in decided.lifted if hold.startswith(f"refund:{charge.id}:")]
    return any(
        (report >= charge.amount or freezes_on_partial)
        and report <= charge.refunded
        and report > max(lifted, default=0)
        for report in charge.reports
    )


def _dispute_holds(charge: Charge, decided: Decided) -> bool:
    return any(
        state in ("needs_response", "lost") and f"dispute:{identity}" not in decided.lifted
        for identity, state in charge.disputes.items()
    )
