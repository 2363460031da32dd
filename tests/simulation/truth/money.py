"""Which payments were given back or taken away, and which licenses of the order that concerns."""

from enum import Enum

from simulation.stripe_account.objects import Charge, Dispute, Purchase
from simulation.truth.people import Decided, Policy
from simulation.truth.subscriptions import paid_through

TAKEN = {"needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "lost"}


class Concern(Enum):
    ORDER = "what the order itself was paid with"
    SUBSCRIPTION = "a renewal"
    PART = "anything else"


def holds(purchase: Purchase, recurs: bool, decided: Decided, policy: Policy) -> bool:
    """Tell whether a license is frozen because of money. `recurs`: it is the subscription's, not bought once."""
    return any(
        _concerns(purchase, charge, recurs)
        and (_is_refunded(purchase, charge, decided, policy) or _is_disputed(purchase, charge, decided, policy))
        for charge in purchase.taken
    )


def takes_money(dispute: Dispute) -> bool:
    """Tell whether the customer has the money back, for now or for good."""
    if any(amount > 0 for amount in dispute.moved) and sum(dispute.moved) >= 0:
        return False
    return dispute.status in TAKEN or (dispute.status == "prevented" and sum(dispute.moved) < 0)


def _concern(purchase: Purchase, charge: Charge) -> Concern:
    invoice = purchase.invoice_of(charge)
    if invoice is None or invoice.reason == "subscription_create":
        return Concern.ORDER
    return Concern.SUBSCRIPTION if invoice.reason == "subscription_cycle" else Concern.PART


def _concerns(purchase: Purchase, charge: Charge, recurs: bool) -> bool:
    """A renewal concerns its subscription alone, and only until a later period is paid."""
    invoice = purchase.invoice_of(charge)
    if invoice is None or _concern(purchase, charge) is not Concern.SUBSCRIPTION:
        return True
    return recurs and (paid_through(purchase) or 0) <= (invoice.pays_until() or 0)


def _is_refunded(purchase: Purchase, charge: Charge, decided: Decided, policy: Policy) -> bool:
    """A report freezes if it was of everything (or any part will do), is still true, and nobody lifted it."""
    invoice = purchase.invoice_of(charge)
    everything = invoice.is_given_back if invoice else charge.refunded >= charge.captured
    whole = everything and _concern(purchase, charge) is not Concern.PART
    lifted = [int(hold.rpartition(":")[2]) for hold in decided.lifted if hold.startswith(f"refund:{charge.id}:")]
    return any(
        ((whole and report == charge.refunded) or policy.freezes_on_partial)
        and max(lifted, default=0) < report <= charge.refunded
        for report in charge.reports
    )


def _is_disputed(purchase: Purchase, charge: Charge, decided: Decided, policy: Policy) -> bool:
    """What was one of several payments, or paid for a part, is a part that was taken back."""
    invoice = purchase.invoice_of(charge)
    several = invoice is not None and len(invoice.charges) > 1
    if (several or _concern(purchase, charge) is Concern.PART) and not policy.freezes_on_partial:
        return False
    return any(
        takes_money(dispute) and f"dispute:{dispute.id}" not in decided.lifted for dispute in charge.disputes.values()
    )
