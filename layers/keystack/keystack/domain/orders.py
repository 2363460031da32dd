"""An order: one Checkout Session or one call of the API, with its facts and what its line items earned.

Times are Unix seconds. Nothing here knows Stripe's shapes or a table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keystack.domain.effects import Effect, EffectState
from keystack.domain.facts import OrderFacts, paid_at
from keystack.domain.licenses import License, license_id
from keystack.domain.plans import Line, Settled


@dataclass(frozen=True)
class Order:
    """`id` is the Checkout Session's, or `ord_…`. `minted` tells whether every settled line has all its licenses.

    `request` is the hash of the API's call that issued it, empty for one that the webhook's line items made.
    `waiting` are the lines that could not be settled yet.
    `amount_total` (in the smallest unit of `currency`) is as the Checkout Session said when the order was first
    written; None for one that the API issued, or that an earlier version or an old version of Stripe's API made.
    `customer_account` is the account (`acct_…`) that is the customer in place of a Stripe Customer.
    """

    org: str
    id: str
    livemode: bool
    created_at: int
    email: str | None = None
    name: str | None = None
    customer: str = ""
    stripe_customer: str | None = None
    payment_intent: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    facts: OrderFacts = field(default_factory=dict)
    settled: tuple[Settled, ...] = ()
    waiting: tuple[Line, ...] = ()
    minted: bool = True
    effects: Mapping[str, Effect] = field(default_factory=dict)
    expiries_recorded: tuple[int, ...] = ()
    request: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    amount_total: int | None = None
    currency: str | None = None
    customer_account: str | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """The Stripe ids under which the order must be found."""
        return tuple(ref for ref in (self.payment_intent, self.subscription, self.invoice) if ref)

    @property
    def waiting_effects(self) -> frozenset[str]:
        """The effects that are not done and not rightly skipped."""
        return frozenset(
            name for name, effect in self.effects.items() if effect.state in (EffectState.PENDING, EffectState.FAILED)
        )

    @property
    def license_count(self) -> int:
        return sum(settled.license_count for settled in self.settled)


def licenses_of(order: Order) -> Iterator[tuple[License, str]]:
    """Name every license that the order's settled lines earn, without its key, and its key's prefix."""
    since = paid_at(order.facts, order.created_at)
    for settled in order.settled:
        unit = 0
        for award in settled.awards:
            for _ in range(award.count):
                unit += 1
                identity = license_id(order.org, order.id, settled.line.id, unit)
                yield (
                    License(
                        identity,
                        "",
                        award.plan,
                        award.kind,
                        award.seats,
                        settled.line.id,
                        unit,
                        since,
                        award.duration_days,
                    ),
                    award.key_prefix,
                )
