"""Facts: what is known about an order or a license. They are only ever added, in any order and any number of times.

`facts × fact → facts`: `with_fact` is commutative, associative and idempotent. Two reports of one fact (the same id)
are joined, never replaced, so that it does not matter which came first. Times are Unix seconds from Stripe's events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.observations import later, latest
from keystack.domain.subscriptions import SubscriptionState, SubscriptionStatus


@dataclass(frozen=True)
class AwaitingPayment:
    """The session is complete; the money is on its way (bank debit and the like). `event`: what said so."""

    at: int
    event: str = ""

    @property
    def id(self) -> str:
        return "awaiting_payment"


@dataclass(frozen=True)
class Paid:
    """The order is paid, or needs no payment. `begins`: how its subscription begins, if it has one."""

    at: int
    begins: SubscriptionStatus | None = None

    @property
    def id(self) -> str:
        return "paid"


@dataclass(frozen=True)
class PaymentFailed:
    at: int

    @property
    def id(self) -> str:
        return "payment_failed"


class Concern(StrEnum):
    """Which licenses a refund or a dispute concerns: what its payment was for."""

    ORDER = "order"  # the session's own payment, or a subscription's first invoice
    SUBSCRIPTION = "subscription"  # a renewal
    PART = "part"  # a proration, a manual invoice: none of the order's licenses alone


@dataclass(frozen=True)
class Refunded:
    """Of `charge`, `amount` (smallest currency unit) had been given back in all at `at`.

    `full`: that was everything that the charge took. `freezes`: a part given back opens a hold, too, if the
    organization says so. `concern`: what the payment was for; if that is known of an invoice, `invoice` with what it
    took in all (`paid`), and until when it paid the subscription (`paid_until`).
    """

    charge: str
    amount: int
    full: bool
    freezes: bool
    at: int
    concern: Concern = Concern.ORDER
    invoice: str | None = None
    paid: int | None = None
    paid_until: int | None = None

    @property
    def id(self) -> str:
        return f"refund:{self.charge}:{self.amount}"


@dataclass(frozen=True)
class RefundFailed:
    """The bank returned the refund, or it was canceled: the vendor has the `amount` again."""

    refund: str
    charge: str
    amount: int
    at: int
    canceled: bool = False

    @property
    def id(self) -> str:
        return f"refund_failed:{self.refund}"


@dataclass(frozen=True)
class Disputed:
    """What the `dispute` of a charge was seen to be: its latest observation. `freezes`, `concern`, `paid_until`: as of
    a refund.
    """

    dispute: str
    charge: str
    at: int
    answer: int = 0
    states: tuple[DisputeState, ...] = (DisputeState(DisputeStatus.NEEDS_RESPONSE),)
    freezes: bool = False
    concern: Concern = Concern.ORDER
    paid_until: int | None = None

    @property
    def id(self) -> str:
        return f"dispute:{self.dispute}"

    @property
    def state(self) -> DisputeState:
        return latest(self.states)


@dataclass(frozen=True)
class SubscriptionSeen:
    """What a subscription was seen to be: its latest observation."""

    subscription: str
    at: int
    answer: int
    states: tuple[SubscriptionState, ...]

    @property
    def id(self) -> str:
        return f"subscription:{self.subscription}"

    @property
    def state(self) -> SubscriptionState:
        return latest(self.states)


@dataclass(frozen=True)
class PeriodPaid:
    """A period of a subscription's `item` was paid, or free: the latest of those that are known."""

    item: str
    until: int
    invoice: str
    at: int

    @property
    def id(self) -> str:
        return f"paid_until:{self.item}"


@dataclass(frozen=True)
class PaymentMissed:
    """The payment of a subscription's `invoice` failed: the latest one that is known."""

    invoice: str
    at: int

    @property
    def id(self) -> str:
        return "payment_missed"


@dataclass(frozen=True)
class FirstInvoice:
    """Which subscription item (`si_…`) each price of the order's first invoice was billed as: (item, price)."""

    invoice: str
    items: tuple[tuple[str, str], ...]
    at: int

    @property
    def id(self) -> str:
        return "first_invoice"


@dataclass(frozen=True)
class Held:
    """A person froze it."""

    hold: str
    by: str
    reason: str
    at: int

    @property
    def id(self) -> str:
        return f"held:{self.hold}"


@dataclass(frozen=True)
class HoldLifted:
    """A person lifted a hold. It stays lifted, whatever is replayed."""

    hold: str
    by: str
    at: int

    @property
    def id(self) -> str:
        return f"lifted:{self.hold}"


@dataclass(frozen=True)
class Revoked:
    by: str
    reason: str
    at: int

    @property
    def id(self) -> str:
        return "revoked"


# Facts of an order, which its licenses inherit; and facts of one license, which a person adds.
OrderFact = (
    AwaitingPayment
    | Paid
    | PaymentFailed
    | Refunded
    | RefundFailed
    | Disputed
    | SubscriptionSeen
    | PeriodPaid
    | PaymentMissed
    | FirstInvoice
)
LicenseFact = Held | HoldLifted | Revoked
Fact = OrderFact | LicenseFact

OrderFacts = Mapping[str, OrderFact]
LicenseFacts = Mapping[str, LicenseFact]
Facts = Mapping[str, Fact]
F = TypeVar("F", bound=Fact)


def with_fact(facts: Mapping[str, F], fact: F) -> Mapping[str, F]:
    """Add `fact`; the same mapping (not a copy) when it says nothing new."""
    known = facts.get(fact.id)
    joined = fact if known is None else _join(known, fact)
    return facts if joined == known else {**facts, fact.id: joined}


def with_facts(facts: Mapping[str, F], more: Iterable[F]) -> Mapping[str, F]:
    for fact in more:
        facts = with_fact(facts, fact)
    return facts


def _join(one: F, other: F) -> F:
    """Join two reports of one fact so that the order of arrival leaves no trace."""
    if isinstance(one, Refunded) and isinstance(other, Refunded):
        return replace(one, **_joined_refund(one, other))
    if isinstance(one, SubscriptionSeen | Disputed):
        return later(one, other)
    if isinstance(one, Paid) and isinstance(other, Paid):
        begins = min(filter(None, (one.begins, other.begins)), default=None)
        return replace(one, at=min(one.at, other.at), begins=begins)
    if isinstance(one, PeriodPaid) and isinstance(other, PeriodPaid):
        return max(one, other, key=lambda fact: (fact.until, -fact.at, fact.invoice))
    if isinstance(one, PaymentMissed):
        return max(one, other, key=lambda fact: (fact.at, repr(fact)))
    return min(one, other, key=lambda fact: (fact.at, repr(fact)))


def _joined_refund(one: Refunded, other: Refunded) -> dict[str, Any]:
    ends = [end for end in (one.paid_until, other.paid_until) if end is not None]
    return {
        "full": one.full or other.full,
        "freezes": one.freezes or other.freezes,
        "at": max(one.at, other.at),  # the latest report: a failure before it is not about it
        "concern": min(one.concern, other.concern),
        "invoice": max(filter(None, (one.invoice, other.invoice)), default=None),
        "paid": max((paid for paid in (one.paid, other.paid) if paid is not None), default=None),
        "paid_until": max(ends, default=None),
    }


def is_observation(fact: OrderFact) -> bool:
    """Tell whether a fact is what Stripe's object is seen to be: it is told only if something follows from it."""
    return isinstance(fact, SubscriptionSeen | PeriodPaid | PaymentMissed | FirstInvoice)


def is_paid(facts: OrderFacts) -> bool:
    """Tell whether the order is paid, or needed no payment."""
    return "paid" in facts


def is_pending(facts: OrderFacts) -> bool:
    """Tell whether the order is not paid, and may be one day: what failed may be tried again."""
    return "paid" not in facts and ("awaiting_payment" in facts or "payment_failed" in facts)


def paid_at(facts: OrderFacts, otherwise: int) -> int:
    """Return the moment of the payment, or `otherwise` if none is known."""
    paid = facts.get("paid")
    return paid.at if paid else otherwise
