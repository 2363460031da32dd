"""What of the money was given back: folds over the reports of charges and the refunds that failed."""

from collections.abc import Iterable

from keystack.domain.facts import Facts, Refunded, RefundFailed

# Stripe stamps events in whole seconds and may stamp a refund that fails at once in either order.
# A failure up to this much older than the report of a refund still counts as the failure of that refund.
SAME_MOMENT = 60


def still_given_back(facts: Facts, charge: str) -> int:
    """Say how much of a charge is given back.

    Each report says how much had been at its time; what failed since comes off. The latest truth about the charge is
    the largest of these sums, for a report that counts a failed refund can only be too low.
    """
    failures = [fact for fact in facts.values() if isinstance(fact, RefundFailed) and fact.charge == charge]
    return max(
        (
            report.amount - sum(failed.amount for failed in failures if failed.at >= report.at - SAME_MOMENT)
            for report in _reports(facts)
            if report.charge == charge
        ),
        default=0,
    )


def is_true(facts: Facts, report: Refunded) -> bool:
    """Tell whether the charge is still refunded as far as `report` says."""
    return report.amount <= still_given_back(facts, report.charge)


def is_given_back(facts: Facts, report: Refunded) -> bool:
    """Tell whether all of the payment that `report` is about was given back, and still is.

    An invoice may have been paid in several payments: then by all of their refunds together.
    """
    if not is_true(facts, report):
        return False
    if report.invoice is None or report.paid is None:
        return report.full
    if any(
        each.charge == report.charge and each.amount > report.amount and is_true(facts, each)
        for each in _reports(facts)
    ):
        return False  # what was given back later says it
    charges = {each.charge for each in _reports(facts) if each.invoice == report.invoice}
    return sum(still_given_back(facts, charge) for charge in charges) >= report.paid


def _reports(facts: Facts) -> Iterable[Refunded]:
    return (fact for fact in facts.values() if isinstance(fact, Refunded))
