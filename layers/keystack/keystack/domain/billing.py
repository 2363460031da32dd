"""How an order's subscription stands: what was paid until when, and how it ends. Folds over facts; Unix seconds."""

from dataclasses import dataclass

from keystack.domain.facts import Facts, Paid, PaymentMissed, PeriodPaid, Refunded, SubscriptionSeen
from keystack.domain.refunds import is_given_back
from keystack.domain.subscriptions import SubscriptionState, SubscriptionStatus

UNPAID_REASONS = ("payment_failed", "payment_disputed")  # why Stripe cancels what nobody paid for


@dataclass(frozen=True)
class Billing:
    """`paid_through`: the end of the latest period that is paid or free, None if none is known to be. `cancels_at`:
    when the subscription ended or, if that is set, will end.
    """

    state: SubscriptionStatus
    collection_paused: bool
    paid_through: int | None
    cancels_at: int | None


def billing(facts: Facts, item: str | None = None) -> Billing | None:
    """Tell how the subscription (or one item of it) stands; None for what is none, or of which nothing is known yet."""
    seen, paid = subscription_seen(facts), facts.get("paid")
    begins = paid.begins if isinstance(paid, Paid) else None
    if begins and (seen is None or seen.state.status is SubscriptionStatus.INCOMPLETE):
        return Billing(begins, collection_paused=False, paid_through=paid_through(facts, item), cancels_at=None)
    if seen is None:
        return None
    state = seen.state
    return Billing(state.status, state.collection_paused, paid_through(facts, item), state.ends)


def subscription_seen(facts: Facts) -> SubscriptionSeen | None:
    """Return the observation of the order's subscription."""
    found = [fact for fact in facts.values() if isinstance(fact, SubscriptionSeen)]
    return max(found, key=lambda seen: (seen.at, seen.answer, seen.id), default=None)


def paid_through(facts: Facts, item: str | None = None) -> int | None:
    """Say until when the subscription, or one item of it, is paid or free."""
    return max((fact.until for fact in _periods(facts, item)), default=None)


def subscription_end(facts: Facts, item: str | None = None) -> int | None:
    """Say when what the subscription (or one item of it) paid for ends; None: not as far as is known."""
    seen = subscription_seen(facts)
    state = seen.state if seen else None
    if state is None or state.ends is None:
        return None
    if state.has_ended and was_given_back(facts, item):
        return state.ends
    return max(state.ends, paid_through(facts, item) or 0, _believed(state, facts, item))


def is_latest_paid(state: SubscriptionState, facts: Facts) -> bool | None:
    """Tell whether the latest invoice of a subscription that has ended was paid; None: nobody could ask."""
    if state.latest_is_paid is not None:
        return state.latest_is_paid
    if any(isinstance(fact, PeriodPaid) and fact.invoice == state.latest_invoice for fact in facts.values()):
        return True
    missed = facts.get("payment_missed")
    was_missed = isinstance(missed, PaymentMissed) and missed.invoice == state.latest_invoice
    return False if was_missed or state.reason in UNPAID_REASONS else None


def _believed(state: SubscriptionState, facts: Facts, item: str | None) -> int:
    """Say until when the current period is believed to be paid where nobody could ask for its invoice."""
    if not state.has_ended or is_latest_paid(state, facts) is not None:
        return 0
    own = [each.period_end for each in state.items if each.id == item]
    return max(own or [each.period_end for each in state.items], default=0)


def was_given_back(facts: Facts, item: str | None) -> bool:
    """Tell whether the payment of the latest paid period was given back."""
    latest = max(_periods(facts, item), key=lambda fact: (fact.until, fact.invoice), default=None)
    return latest is not None and any(
        isinstance(fact, Refunded)
        and (fact.invoice == latest.invoice or (fact.paid_until or 0) >= latest.until)
        and is_given_back(facts, fact)
        for fact in facts.values()
    )


def _periods(facts: Facts, item: str | None) -> list[PeriodPaid]:
    """Return what is known of the item's paid periods; of all, if nothing is known of its own."""
    paid = [fact for fact in facts.values() if isinstance(fact, PeriodPaid)]
    return [fact for fact in paid if fact.item == item] or paid
