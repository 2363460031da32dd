"""A subscription's invoices: a period begins, is paid for or not, and Stripe gives up.

Source: Stripe's documentation, "How subscriptions work" and "Subscription invoices".
"""

from collections.abc import Sequence

from simulation.prices import PRICES, UNIT_AMOUNT
from simulation.stripe_account import subscription_shapes as billing
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Charge, Invoice, InvoiceLine, Item, Json, Purchase, Subscription


def begins(account: Account, purchase: Purchase, items: Sequence[Item] = ()) -> list[Json]:
    """Begin the next period (of some `items`, if they have periods of their own); its invoice is a draft at first."""
    of = subscription_of(purchase)
    before, now = account.told(purchase), account.now
    for item in items or of.items:
        length = PRICES[item.price].interval or 0
        item.start = item.end if item.end <= now < item.end + length else now  # else its anchor is reset
        item.end = item.start + length
    of.status = "active" if of.status == "trialing" else of.status
    lines = [whole_period(item) for item in items or of.items]
    of.invoices.append(Invoice(f"in_{account.number()}", "subscription_cycle", now, lines))
    return account.updated(purchase, before)


def paid(account: Account, purchase: Purchase, invoice: Invoice | None = None, payments: int = 1) -> list[Json]:
    """Pay an invoice, the latest one unless another is named, in one or several payments."""
    of = subscription_of(purchase)
    before, invoice = account.told(purchase), invoice or of.latest_invoice
    _take(account, invoice, payments)
    if invoice is of.latest_invoice and of.status in ("past_due", "unpaid"):
        of.status = "active"
    if purchase.paid_at is None and invoice is of.invoices[0]:
        purchase.paid_at = account.now
    told = account.event(purchase, "invoice.paid", billing.invoice(purchase, invoice, account.version))
    for charge in invoice.charges:
        told += account.of_payment(purchase, charge, "succeeded")
    return [*told, *account.updated(purchase, before)]


def failed(account: Account, purchase: Purchase, invoice: Invoice | None = None) -> list[Json]:
    """Let the payment of an invoice fail: it stays open, and the subscription is past due."""
    of = subscription_of(purchase)
    before, invoice = account.told(purchase), invoice or of.latest_invoice
    invoice.status = "open"
    of.status = "past_due" if of.status in ("active", "trialing") else of.status
    told = account.event(purchase, "invoice.payment_failed", billing.invoice(purchase, invoice, account.version))
    return [*told, *account.updated(purchase, before)]


def renewed(account: Account, purchase: Purchase, payments: int = 1) -> list[Json]:
    """Begin the next period and pay for it: that it is paid comes first."""
    begun = begins(account, purchase)
    return [*paid(account, purchase, payments=payments), *begun]


def given_up(account: Account, purchase: Purchase) -> list[Json]:
    """Stop asking for the money, and leave the subscription unpaid, as some accounts are set up to do."""
    before = account.told(purchase)
    subscription_of(purchase).status = "unpaid"
    return account.updated(purchase, before)


def written_off(account: Account, purchase: Purchase, invoice: Invoice, status: str) -> list[Json]:
    """Let the vendor void an invoice, or call it uncollectible. No event of those that are heard tells it."""
    invoice.status = status
    account.show(purchase)
    return []


def by_hand(account: Account, purchase: Purchase, amount: int) -> list[Json]:
    """Let the vendor bill something else to the subscription, and the customer pay."""
    line = InvoiceLine(None, "price_tshirt", 1, amount, account.now, account.now)
    invoice = Invoice(f"in_{account.number()}", "manual", account.now, [line])
    subscription_of(purchase).invoices.append(invoice)
    return paid(account, purchase, invoice)


def subscription_of(purchase: Purchase) -> Subscription:
    assert purchase.subscription is not None, f"{purchase.order} is no subscription"
    return purchase.subscription


def whole_period(item: Item) -> InvoiceLine:
    return InvoiceLine(item.id, item.price, item.quantity, UNIT_AMOUNT * item.quantity, item.start, item.end)


def _take(account: Account, invoice: Invoice, payments: int) -> None:
    """Take the money of an invoice, in parts that differ."""
    invoice.status, rest = "paid", invoice.total - invoice.amount_paid
    for place in range(payments, 0, -1):
        amount = rest if place == 1 else rest * 2 // 5
        if amount:
            number = account.number()
            invoice.charges.append(Charge(f"ch_{number}", f"pi_{number}", amount, "succeeded", amount))
        rest -= amount
