"""An invoice as Stripe has it: what it was for, whether it is paid, and until when. Times are Unix seconds.

Source: Stripe API reference, "The Invoice object" and "The Invoice Line Item object".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keystack.domain.facts import Concern


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"


class BillingReason(StrEnum):
    SUBSCRIPTION_CREATE = "subscription_create"
    SUBSCRIPTION_CYCLE = "subscription_cycle"
    SUBSCRIPTION_UPDATE = "subscription_update"
    SUBSCRIPTION_THRESHOLD = "subscription_threshold"
    SUBSCRIPTION = "subscription"  # before 2018-05: created, renewed or changed
    AUTOMATIC_PENDING_INVOICE_ITEM_INVOICE = "automatic_pending_invoice_item_invoice"
    QUOTE_ACCEPT = "quote_accept"
    MANUAL = "manual"
    UPCOMING = "upcoming"


@dataclass(frozen=True)
class InvoiceLine:
    """One line: what was billed. `item` is the subscription item (`si_…`) that it is for, None for anything else.

    `amount` in the currency's smallest unit, negative for what is credited. `proration`: for a part of a period.
    """

    item: str | None
    price: str | None
    quantity: int
    period_end: int | None
    proration: bool
    amount: int


@dataclass(frozen=True)
class Invoice:
    """`reason`: why Stripe made it, None where an old version does not say. `amount_paid`: what was taken in all.

    `complete`: whether `lines` are all that it has; an invoice in an event has its first ones only.
    """

    id: str
    subscription: str | None
    status: InvoiceStatus | None
    reason: BillingReason | None
    amount_paid: int | None
    lines: tuple[InvoiceLine, ...]
    complete: bool = True

    @property
    def is_paid(self) -> bool:
        """Tell whether it is paid or free: Stripe counts a free one as paid."""
        return self.status is InvoiceStatus.PAID

    @property
    def periods(self) -> Mapping[str, int]:
        """Say of each subscription item until when the periods last that this invoice begins."""
        found: dict[str, int] = {}
        for line in self.lines:
            if line.item is not None and line.period_end is not None and self._begins_period(line):
                found[line.item] = max(line.period_end, found.get(line.item, 0))
        return found

    def _begins_period(self, line: InvoiceLine) -> bool:
        """Tell whether a line is for a period of its own.

        A proration is, if it lasts longer than what is credited for it: the item changed to a longer interval.
        """
        if not line.proration:
            return True
        credited = [
            each.period_end or 0
            for each in self.lines
            if each.proration and each.item == line.item and each.amount <= 0
        ]
        return bool(credited) and (line.period_end or 0) > max(credited)

    @property
    def is_first(self) -> bool:
        """Tell whether it is the one that a subscription began with."""
        return self.reason is BillingReason.SUBSCRIPTION_CREATE

    @property
    def concern(self) -> Concern:
        """Say which licenses a refund of this invoice's payment concerns."""
        if self.is_first or (self.reason is None and not self.lines):
            return Concern.ORDER
        return Concern.SUBSCRIPTION if self.periods else Concern.PART
