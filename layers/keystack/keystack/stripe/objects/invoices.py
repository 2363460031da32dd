"""The invoice. Source: Stripe API reference, "The Invoice object" and "The Invoice Line Item object"; the changelog of
2025-03-31, which moved the subscription and the price into `parent` and `pricing`.
"""

from typing import Any

from keystack.domain.invoices import BillingReason, Invoice, InvoiceLine, InvoiceStatus
from keystack.stripe.models import Amount, Flag, Id, Quantity, Shape, SignedAmount, Time
from keystack.stripe.reading import UnreadableError, read

OF_SUBSCRIPTION = "subscription"  # the type of a line, before 2025-03-31; an invoice item's is another
OF_ITEM = "subscription_item_details"  # the type of its parent, since


class Period(Shape):
    end: Time | None = None


class LineDetails(Shape):
    subscription_item: Id | None = None
    proration: Flag | None = None


class LineParent(Shape):
    type: str | None = None
    subscription_item_details: LineDetails | None = None
    invoice_item_details: LineDetails | None = None


class PriceDetails(Shape):
    price: Id | None = None


class Pricing(Shape):
    price_details: PriceDetails | None = None


class Line(Shape):
    amount: SignedAmount
    quantity: Quantity | None = None
    period: Period | None = None
    parent: LineParent | None = None
    pricing: Pricing | None = None
    # before 2025-03-31
    type: str | None = None
    subscription_item: Id | None = None
    proration: Flag | None = None
    price: Id | None = None
    plan: Id | None = None


class Lines(Shape):
    data: tuple[Line, ...]
    has_more: Flag = False


class SubscriptionDetails(Shape):
    subscription: Id | None = None


class InvoiceParent(Shape):
    subscription_details: SubscriptionDetails | None = None


class InvoiceShape(Shape):
    id: Id
    status: InvoiceStatus | None = None
    billing_reason: BillingReason | None = None
    amount_paid: Amount | None = None
    lines: Lines | None = None
    parent: InvoiceParent | None = None
    subscription: Id | None = None  # before 2025-03-31


def told_invoice(subject: dict[str, Any]) -> Invoice:
    """Read the invoice of an event about it: it must say whether it is paid, and what for."""
    found = read(InvoiceShape, subject)
    missing = [name for name in ("status", "amount_paid", "lines") if getattr(found, name) is None]
    if missing:
        raise UnreadableError(missing)
    return invoice(subject)


def invoice(subject: dict[str, Any]) -> Invoice:
    """Read an invoice. What it does not say is not known: then it is neither paid nor a part of anything."""
    found = read(InvoiceShape, subject)
    lines = found.lines or Lines(data=())
    details = found.parent.subscription_details if found.parent else None
    return Invoice(
        found.id,
        (details.subscription if details else None) or found.subscription,
        found.status,
        found.billing_reason,
        found.amount_paid,
        tuple(_line(line, f"lines.data.{number}") for number, line in enumerate(lines.data)),
        complete=not lines.has_more,
    )


def _line(line: Line, path: str) -> InvoiceLine:
    item, proration = _of_parent(line.parent, path) if line.parent else _before_parents(line, path)
    end = line.period.end if line.period else None
    if item is not None and not proration and end is None:
        raise UnreadableError([f"{path}.period.end"])
    details = line.pricing.price_details if line.pricing else None
    price = (details.price if details else None) or line.price or line.plan
    return InvoiceLine(item, price, 1 if line.quantity is None else line.quantity, end, proration, line.amount)


def _of_parent(parent: LineParent, path: str) -> tuple[str | None, bool]:
    """Say which subscription item a line is for, and whether for a part of a period."""
    if parent.type != OF_ITEM:
        other = parent.invoice_item_details
        return None, bool(other and other.proration)
    details = parent.subscription_item_details or LineDetails()
    return _required(details.subscription_item, details.proration, f"{path}.parent.{OF_ITEM}")


def _before_parents(line: Line, path: str) -> tuple[str | None, bool]:
    """Say the same of a line before 2025-03-31. An invoice item of a subscription item is a proration or no period."""
    if line.type != OF_SUBSCRIPTION:
        return (line.subscription_item if line.proration else None), bool(line.proration)
    return _required(line.subscription_item, line.proration, path)


def _required(item: str | None, proration: bool | None, path: str) -> tuple[str, bool]:
    if item is None or proration is None:
        raise UnreadableError([f"{path}.{'subscription_item' if item is None else 'proration'}"])
    return item, proration
