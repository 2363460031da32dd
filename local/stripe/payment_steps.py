"""What happens to a sale's latest payment: refunds and disputes. Pure."""

from dataclasses import replace

from local.stripe.disputes import closed, dispute, reinstated, withdrawn
from local.stripe.payments import canceled_refund, refund, with_refunded
from local.stripe.purchases import new_id
from local.stripe.sales import Sale, Step
from local.stripe.shapes import event


def left_to_refund(sale: Sale) -> int:
    """Return how many cents of the latest payment were not given back."""
    return int(sale.charge["amount"] - sale.charge["amount_refunded"])


def refunded(sale: Sale, amount: int, now: int) -> Step:
    """Give `amount` cents back, in addition to what was given back before."""
    after = with_refunded(sale.charge, sale.charge["amount_refunded"] + amount)
    made = refund(new_id("re"), sale.charge, amount, now)
    return Step(replace(sale, charge=after, refund=made), (event("charge.refunded", after, sale.charge, now),))


def refund_canceled(sale: Sale, now: int) -> Step:
    """Cancel the latest refund: the vendor has its money again."""
    before = sale.refund or {}
    after = canceled_refund(before)
    charge = with_refunded(sale.charge, sale.charge["amount_refunded"] - before["amount"])
    return Step(replace(sale, charge=charge, refund=after), (event("refund.updated", after, before, now),))


def disputed(sale: Sale, now: int) -> Step:
    """Let the customer's bank take the latest payment back."""
    opened = dispute(new_id("du"), sale.charge, now)
    taken = withdrawn(opened, now)
    told = (
        event("charge.dispute.created", opened, created=now),
        event("charge.dispute.funds_withdrawn", taken, opened, now),
    )
    return Step(replace(sale, charge={**sale.charge, "disputed": True}, dispute=taken), told)


def dispute_closed(sale: Sale, outcome: str, now: int) -> Step:
    """Let the dispute be won or lost, also after it had ended the other way."""
    before = sale.dispute or {}
    after = closed(before, outcome)
    move, kind = (reinstated, "funds_reinstated") if outcome == "won" else (withdrawn, "funds_withdrawn")
    moved = move(after, now)
    told = [event("charge.dispute.closed", after, before, now)]
    if moved != after:
        told.append(event(f"charge.dispute.{kind}", moved, after, now))
    return Step(replace(sale, dispute=moved), tuple(told))
