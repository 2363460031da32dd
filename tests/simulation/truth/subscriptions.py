"""Until when a subscription was paid, how it ends, and whether it is held. Times are Unix seconds."""

from dataclasses import dataclass

from simulation.stripe_account.objects import Invoice, Item, Purchase
from simulation.truth.people import Decided, Policy


@dataclass(frozen=True)
class Billing:
    """What is told of a subscription: by `validate`, of a license and of an order."""

    state: str
    collection_paused: bool
    paid_through: int | None
    cancels_at: int | None


def billing(purchase: Purchase, item: Item | None = None) -> Billing | None:
    """Tell how the subscription stands, or one item of it."""
    of = purchase.subscription
    if of is None:
        return None
    return Billing(of.status, of.collection is not None, paid_through(purchase, item), of.ended_at or of.cancel_at)


def paid_through(purchase: Purchase, item: Item | None = None) -> int | None:
    """Say until when it is paid or free: one item, or any. An item that was never billed by itself is as any."""
    last = _last_paid(purchase, item)
    return last.pays_until(item.id if item and last.pays_until(item.id) else None) if last else None


def ends_at(purchase: Purchase, item: Item | None) -> int | None:
    """Say when what an item grants ends: what was paid is kept, unless its payment was given back."""
    of = purchase.subscription
    if of is None or (of.ended_at or of.cancel_at) is None:
        return None
    end = of.ended_at or of.cancel_at or 0
    last = _last_paid(purchase, item)
    if of.ended_at and last and last.is_given_back:
        return end
    return max(end, paid_through(purchase, item) or 0)


def holds(purchase: Purchase, decided: Decided, policy: Policy, now: float) -> bool:
    """Tell whether nobody pays for it at present. A pause begins when what was paid, or the trial, is over."""
    of = purchase.subscription
    if of is None:
        return False
    which = of.latest_invoice.id
    if of.status == "unpaid":
        return f"unpaid:{which}" not in decided.lifted
    if of.status == "paused":
        over = max(paid_through(purchase) or 0, of.trial_end or 0) <= now
        return over and f"paused:{which}" not in decided.lifted
    paused = of.collection is not None and policy.freezes_on_paused_collection and not of.has_ended
    return paused and f"collection_paused:{which}" not in decided.lifted


def _last_paid(purchase: Purchase, item: Item | None) -> Invoice | None:
    """Find the invoice that paid for the latest period that was paid; of several the first."""
    paid = [invoice for invoice in purchase.invoices if invoice.status == "paid" and invoice.pays_until()]
    own = [invoice for invoice in paid if item and invoice.pays_until(item.id)]
    which = item.id if own and item else None
    return max(own or paid, key=lambda invoice: (invoice.pays_until(which) or 0, -paid.index(invoice)), default=None)
