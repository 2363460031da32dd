"""What an account holds. The modules beside this one change it, and truth.py judges by it. Times are Unix seconds."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
OLD, NEW = "2022-11-15", "2026-03-25.dahlia"  # versions of the API: before 2025-03-31, and after


@dataclass
class Refund:
    id: str
    amount: int
    status: str = "succeeded"

    @property
    def counts(self) -> bool:
        """Tell whether the customer has the money, or will have it."""
        return self.status not in ("failed", "canceled")


@dataclass
class Dispute:
    """`moved`: its balance transactions; what was taken is negative."""

    id: str
    status: str
    moved: list[int] = field(default_factory=list)


@dataclass
class Charge:
    """One payment. `reports`: what each charge.refunded said had been given back in all."""

    id: str
    payment_intent: str
    amount: int
    status: str = "pending"  # then succeeded, failed, expired
    captured: int = 0
    refunds: list[Refund] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    disputes: dict[str, Dispute] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds if refund.counts)

    @property
    def left(self) -> int:
        """Say how much can still be given back."""
        return self.captured - self.refunded


@dataclass
class InvoiceLine:
    """`item`: the subscription item that it bills, None for what is bought once."""

    item: str | None
    price: str
    quantity: int
    amount: int
    start: int
    end: int
    proration: bool = False


@dataclass
class Invoice:
    id: str
    reason: str  # subscription_create, subscription_cycle, subscription_update, manual
    created: int
    lines: list[InvoiceLine]
    status: str = "draft"  # then open, paid, void, uncollectible
    charges: list[Charge] = field(default_factory=list)

    @property
    def total(self) -> int:
        return max(0, sum(line.amount for line in self.lines))

    @property
    def amount_paid(self) -> int:
        return sum(charge.captured for charge in self.charges)

    @property
    def is_given_back(self) -> bool:
        """Tell whether everything that it took was given back, in however many payments it was paid."""
        return 0 < self.amount_paid <= sum(charge.refunded for charge in self.charges)

    def pays_until(self, item: str | None = None) -> int | None:
        """Say until when it pays for a subscription item, or for any; a credit for unused time pays for nothing."""
        of_items = [line for line in self.lines if line.item and line.amount >= 0]
        return max((line.end for line in of_items if item in (None, line.item)), default=None)


@dataclass
class Item:
    """A subscription item. `was`: each price and quantity that it has had, the present ones last."""

    id: str
    was: list[tuple[str, int]]
    start: int
    end: int
    line: str | None = None  # the line item of the Checkout Session that it was bought as
    removed_at: int | None = None

    @property
    def price(self) -> str:
        return self.was[-1][0]

    @property
    def quantity(self) -> int:
        return self.was[-1][1]


@dataclass
class Subscription:
    """`all_items`: those that were removed, too. `collection`: how its collection is paused, if it is."""

    id: str
    created: int
    all_items: list[Item]
    invoices: list[Invoice]
    status: str = "incomplete"
    cancel_at: int | None = None
    at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    reason: str | None = None  # why it was canceled
    trial_end: int | None = None
    collection: str | None = None

    @property
    def items(self) -> list[Item]:
        return [item for item in self.all_items if item.removed_at is None]

    @property
    def latest_invoice(self) -> Invoice:
        return next(invoice for invoice in reversed(self.invoices) if invoice.reason != "manual")

    @property
    def period_end(self) -> int:
        return max(item.end for item in self.items)

    @property
    def has_ended(self) -> bool:
        return self.status in ("canceled", "incomplete_expired")


@dataclass
class Purchase:
    """A Checkout Session, and all that came of it. `lines`: price, quantity."""

    order: str
    org: str
    livemode: bool
    lines: tuple[tuple[str, int], ...]
    email: str | None
    customer: str | None
    created: int
    free: bool = False  # nothing to pay
    own_charge: Charge | None = None  # in payment mode
    subscription: Subscription | None = None
    status: str = "open"  # then complete
    payment_status: str = "unpaid"
    paid_at: int | None = None  # the first moment that an event gives for its payment
    waiting_since: list[int] = field(default_factory=list)  # when it was said that the money is on its way
    asked: int = 0  # licenses that the vendor's own backend asked for, through the API
    events: list[Json] = field(default_factory=list)

    @property
    def mode(self) -> str:
        return "subscription" if self.subscription else "payment"

    @property
    def line_ids(self) -> list[str]:
        return [f"li_{self.order.rpartition('_')[2]}_{place}" for place in range(len(self.lines))]

    @property
    def invoices(self) -> list[Invoice]:
        return self.subscription.invoices if self.subscription else []

    @property
    def charges(self) -> list[Charge]:
        own = [self.own_charge] if self.own_charge else []
        return own + [charge for invoice in self.invoices for charge in invoice.charges]

    @property
    def taken(self) -> list[Charge]:
        """List the payments that took money."""
        return [charge for charge in self.charges if charge.captured]

    def invoice_of(self, charge: Charge) -> Invoice | None:
        return next((each for each in self.invoices if charge in each.charges), None)

    @property
    def references(self) -> list[str]:
        """List the ids under which its order must be found."""
        own = [self.own_charge.payment_intent] if self.own_charge else []
        return own + ([self.subscription.id, self.invoices[0].id] if self.subscription else [])
