"""Holds: why a license is frozen. Which ones are open follows from the facts alone.

A hold of money is opened once and lifted once: by the failure of its refund, by its dispute being won, by a later
period being paid, or by a person. One of the subscription's status ends by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from keystack.domain.billing import paid_through
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    Disputed,
    Facts,
    FirstInvoice,
    Held,
    HoldLifted,
    Paid,
    PaymentFailed,
    PaymentMissed,
    PeriodPaid,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionSeen,
)
from keystack.domain.refunds import is_given_back, is_true
from keystack.domain.subscriptions import SubscriptionStatus


class HoldKind(StrEnum):
    REFUND = "refund"
    DISPUTE = "dispute"
    PERSON = "person"
    SUBSCRIPTION = "subscription"  # unpaid or paused
    QUANTITY = "quantity"  # more licenses than the subscription has units


def ends_by_itself(kind: HoldKind) -> bool:
    """Tell whether a hold of this kind waits for no person: what opened it ends it."""
    match kind:
        case HoldKind.SUBSCRIPTION | HoldKind.QUANTITY:
            return True
        case HoldKind.REFUND | HoldKind.DISPUTE | HoldKind.PERSON:
            return False
        case _:
            assert_never(kind)


@dataclass(frozen=True)
class Hold:
    """`since` in Unix seconds. `concern`: which licenses of the order it freezes.

    `begins`: when a hold that was known before takes effect by the time alone; None: it does at once, whatever the
    clocks of Stripe's and ours say.
    """

    id: str
    kind: HoldKind
    reason: str
    since: int
    concern: Concern = Concern.ORDER
    begins: int | None = None

    def has_begun(self, now: int) -> bool:
        return self.begins is None or self.begins <= now


def open_holds(facts: Facts) -> tuple[Hold, ...]:
    """Name the holds that are open, the oldest first."""
    found = [hold for hold in _opened(facts) if not _lifted_by_person(facts, hold.id)]
    return tuple(sorted(found, key=lambda hold: (hold.since, hold.id)))


def _opened(facts: Facts) -> Iterator[Hold]:
    for fact in facts.values():
        match fact:
            case Refunded():
                yield from _of_refund(facts, fact)
            case Disputed():
                yield from _of_dispute(facts, fact)
            case SubscriptionSeen():
                yield from _of_subscription(facts, fact)
            case Held():
                yield Hold(fact.hold, HoldKind.PERSON, fact.reason or f"frozen by {fact.by}", fact.at)
            case RefundFailed() | HoldLifted() | Revoked() | PeriodPaid() | PaymentMissed() | FirstInvoice():
                pass
            case Paid() | AwaitingPayment() | PaymentFailed():
                pass
            case _:
                assert_never(fact)


def _of_refund(facts: Facts, fact: Refunded) -> Iterator[Hold]:
    whole = fact.concern is not Concern.PART and is_given_back(facts, fact)
    if not whole and not (fact.freezes and is_true(facts, fact)):
        return
    if fact.concern is Concern.SUBSCRIPTION and _paid_since(facts, fact.paid_until):
        return
    extent = "in full" if whole else "in part"
    concern = Concern.ORDER if fact.concern is Concern.PART else fact.concern
    yield Hold(fact.id, HoldKind.REFUND, f"charge {fact.charge} was refunded {extent}", fact.at, concern)


def _of_dispute(facts: Facts, fact: Disputed) -> Iterator[Hold]:
    if not fact.state.holds or (fact.concern is Concern.PART and not fact.freezes):
        return
    if fact.concern is Concern.SUBSCRIPTION and _paid_since(facts, fact.paid_until):
        return
    why = f"charge {fact.charge} is disputed ({fact.dispute})"
    concern = Concern.ORDER if fact.concern is Concern.PART else fact.concern
    yield Hold(fact.id, HoldKind.DISPUTE, why, fact.state.since or fact.at, concern)


def _of_subscription(facts: Facts, fact: SubscriptionSeen) -> Iterator[Hold]:
    """Freeze what nobody pays for: as long as Stripe says so."""
    state, about = fact.state, f"subscription {fact.subscription}"
    which = state.latest_invoice or fact.subscription
    match state.status:
        case SubscriptionStatus.UNPAID:
            why = f"{about} is unpaid, and Stripe has given up asking for the money"
            yield Hold(f"unpaid:{which}", HoldKind.SUBSCRIPTION, why, state.since or fact.at, Concern.SUBSCRIPTION)
        case SubscriptionStatus.PAUSED:
            begins = max(paid_through(facts) or 0, state.trial_end or 0) or None
            since = begins or state.since or fact.at
            why = f"{about} is paused"
            yield Hold(f"paused:{which}", HoldKind.SUBSCRIPTION, why, since, Concern.SUBSCRIPTION, begins)
        case _ if state.collection_paused and state.freezes and not state.has_ended:
            why = f"the collection of {about} is paused"
            yield Hold(
                f"collection_paused:{which}", HoldKind.SUBSCRIPTION, why, state.since or fact.at, Concern.SUBSCRIPTION
            )
        case _:
            pass


def _paid_since(facts: Facts, until: int | None) -> bool:
    """Tell whether a later period than the one up to `until` is paid."""
    return until is not None and (paid_through(facts) or 0) > until


def _lifted_by_person(facts: Facts, hold: str) -> bool:
    """Tell whether a person lifted `hold`. Lifting "refunded up to N" covers every smaller amount of that charge."""
    if f"lifted:{hold}" in facts:
        return True
    kind, _, rest = hold.partition(":")
    if kind != "refund":
        return False
    charge, _, amount = rest.rpartition(":")
    return any(
        isinstance(fact, HoldLifted)
        and fact.hold.startswith(f"refund:{charge}:")
        and int(fact.hold.rpartition(":")[2]) >= int(amount)
        for fact in facts.values()
    )
