"""Facts: what is known about an order or a license. They are only ever added, in any order and any number of times.

`facts × fact → facts`: `with_fact` is commutative, associative and idempotent. Two reports of one fact (the same id)
are joined, never replaced, so that it does not matter which came first. Times are Unix seconds from Stripe's events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar


@dataclass(frozen=True)
class AwaitingPayment:
    """The session is complete; the money is on its way (bank debit and the like)."""

    at: int

    @property
    def id(self) -> str:
        return "awaiting_payment"


@dataclass(frozen=True)
class Paid:
    at: int

    @property
    def id(self) -> str:
        return "paid"


@dataclass(frozen=True)
class PaymentFailed:
    at: int

    @property
    def id(self) -> str:
        return "payment_failed"


@dataclass(frozen=True)
class Refunded:
    """Of `charge`, `amount` (smallest currency unit) had been refunded in all at `at`.

    `full`: that was everything. `freezes`: it opens a hold (a full refund; a partial one if the organization says so).
    """

    charge: str
    amount: int
    full: bool
    freezes: bool
    at: int

    @property
    def id(self) -> str:
        return f"refund:{self.charge}:{self.amount}"


@dataclass(frozen=True)
class RefundFailed:
    """The bank returned the refund: the vendor has the `amount` again."""

    refund: str
    charge: str
    amount: int
    at: int

    @property
    def id(self) -> str:
        return f"refund_failed:{self.refund}"


@dataclass(frozen=True)
class Disputed:
    dispute: str
    charge: str
    at: int

    @property
    def id(self) -> str:
        return f"dispute:{self.dispute}"


@dataclass(frozen=True)
class DisputeWon:
    dispute: str
    at: int

    @property
    def id(self) -> str:
        return f"dispute_won:{self.dispute}"


@dataclass(frozen=True)
class SubscriptionDeleted:
    """The subscription has ended; what it paid for lasts until `expires_at`."""

    subscription: str
    expires_at: int
    at: int

    @property
    def id(self) -> str:
        return f"subscription_deleted:{self.subscription}"


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
    AwaitingPayment | Paid | PaymentFailed | Refunded | RefundFailed | Disputed | DisputeWon | SubscriptionDeleted
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
        return replace(
            one,
            full=one.full or other.full,
            freezes=one.freezes or other.freezes,
            at=max(one.at, other.at),  # the latest report: a failure before it is not about it
        )
    if isinstance(one, SubscriptionDeleted) and isinstance(other, SubscriptionDeleted):
        return replace(one, expires_at=min(one.expires_at, other.expires_at), at=min(one.at, other.at))
    return min(one, other, key=lambda fact: (fact.at, repr(fact)))


def is_paid(facts: OrderFacts) -> bool:
    """Tell whether the order is paid, or needed no payment."""
    return "paid" in facts


def paid_at(facts: OrderFacts, otherwise: int) -> int:
    """Return the moment of the payment, or `otherwise` if none is known."""
    paid = facts.get("paid")
    return paid.at if paid else otherwise


def subscription_end(facts: OrderFacts) -> int | None:
    """Say until when the order's subscription was paid, once it is deleted."""
    return min((fact.expires_at for fact in facts.values() if isinstance(fact, SubscriptionDeleted)), default=None)
