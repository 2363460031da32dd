"""Buying and paying: at once, later, captured by hand, failed and retried, released.

Sources: Stripe's documentation, "Fulfill orders", "Place a hold on a payment method", "How subscriptions work".
"""

from simulation.prices import PRICES, RECURRING, UNIT_AMOUNT
from simulation.stripe_account import shapes
from simulation.stripe_account import subscription_shapes as billing
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Charge, Invoice, InvoiceLine, Item, Json, Purchase, Subscription


def buy(
    account: Account,
    *lines: tuple[str, int],
    email: str | None,
    customer: str | None,
    livemode: bool = False,
    free: bool = False,
    trial: int = 0,
) -> Purchase:
    """Let somebody check out; nothing is paid yet. `free`: by a coupon; `trial`: seconds that the recurring is free."""
    number, now = account.number(), account.now
    order = f"cs_{'live' if livemode else 'test'}_{number}"
    purchase = Purchase(order, account.org, livemode, lines, email, customer, now)
    charge = Charge(f"ch_{number}", f"pi_{number}", 0)
    if any(price in RECURRING for price, _ in lines):
        items = _items(purchase, number, now, trial)
        first = Invoice(f"in_{number}", "subscription_create", now, _first_lines(purchase, items, free, trial), "open")
        charge.amount = first.total
        first.charges = [charge] if first.total else []
        purchase.subscription = Subscription(f"sub_{number}", now, items, [first])
        purchase.subscription.trial_end = now + trial if trial else None
    else:
        charge.amount = 0 if free else sum(UNIT_AMOUNT * quantity for _, quantity in lines)
        purchase.own_charge = charge if charge.amount else None
    purchase.free = not charge.amount
    account.purchases.append(purchase)
    account.customer(purchase)
    account.objects.put_line_items(order, shapes.line_items(purchase))
    account.show(purchase)
    return purchase


def completed(account: Account, purchase: Purchase, payment_status: str = "paid", by_hand: bool = False) -> list[Json]:
    """Complete the session. Unpaid: the money is on its way, or waits to be captured `by_hand`."""
    purchase.status, purchase.payment_status = "complete", payment_status
    begins = purchase.subscription is not None and purchase.subscription.status == "incomplete"
    if payment_status == "unpaid" and by_hand:
        purchase.charges[0].status = "succeeded"
    paid = []
    if payment_status == "unpaid":
        purchase.waiting_since.append(account.now)
    else:
        paid = _paid(account, purchase)
    if purchase.subscription and begins:
        purchase.subscription.status = "trialing" if purchase.subscription.trial_end else "active"
    told = account.of_session(purchase, "completed")
    created = account.of_subscription(purchase, "created") if begins else []
    return [*told, *created, *_tell_payment(account, purchase, paid)]


def async_succeeded(account: Account, purchase: Purchase) -> list[Json]:
    paid = _paid(account, purchase)
    return [*account.of_session(purchase, "async_payment_succeeded"), *_tell_payment(account, purchase, paid)]


def async_failed(account: Account, purchase: Purchase) -> list[Json]:
    """A debit bounced; a subscription's invoice stays open."""
    purchase.charges[0].status = "failed"
    told = account.of_session(purchase, "async_payment_failed")
    if not purchase.subscription:
        return told
    before = account.told(purchase)
    purchase.subscription.status = "past_due"
    first = billing.invoice(purchase, purchase.invoices[0], account.version)
    return [*told, *account.event(purchase, "invoice.payment_failed", first), *account.updated(purchase, before)]


def retried(account: Account, purchase: Purchase) -> list[Json]:
    """Pay the invoice of a session whose own payment failed: the session goes on saying that it is unpaid."""
    assert purchase.subscription is not None
    before, stays = account.told(purchase), purchase.payment_status
    paid = _paid(account, purchase)
    purchase.payment_status, purchase.subscription.status = stays, "active"
    told = _tell_payment(account, purchase, paid)
    return [*told, *account.updated(purchase, before)]


def captured(account: Account, purchase: Purchase, amount: int | None = None) -> list[Json]:
    """Capture an authorized payment, or a part of it; the rest is released."""
    charge = purchase.charges[0]
    paid = _paid(account, purchase, amount)
    return [*_tell_payment(account, purchase, paid), *account.of_charge(purchase, charge, "captured")]


def released(account: Account, purchase: Purchase) -> list[Json]:
    """Let an authorization go: it was canceled, or has expired."""
    charge = purchase.charges[0]
    charge.status = "expired"
    return [*account.of_payment(purchase, charge, "canceled"), *account.of_charge(purchase, charge, "expired")]


def _paid(account: Account, purchase: Purchase, amount: int | None = None) -> list[Charge]:
    """Take the money, if there is any to take and it was not taken; return the payment."""
    purchase.paid_at = min(purchase.paid_at or account.now, account.now)
    purchase.payment_status = "no_payment_required" if purchase.free else "paid"
    if purchase.invoices:
        purchase.invoices[0].status = "paid"
    new = [charge for charge in purchase.charges[:1] if not charge.captured]
    for charge in new:
        charge.status, charge.captured = "succeeded", amount or charge.amount
    return new


def _tell_payment(account: Account, purchase: Purchase, paid: list[Charge]) -> list[Json]:
    """Tell of a first payment, and of an invoice that has nothing to pay."""
    first = purchase.invoices[:1] if paid or purchase.free else []
    invoices = [billing.invoice(purchase, each, account.version) for each in first]
    told = [event for each in invoices for event in account.event(purchase, "invoice.paid", each)]
    return told + [event for charge in paid for event in account.of_payment(purchase, charge, "succeeded")]


def _items(purchase: Purchase, number: str, now: int, trial: int) -> list[Item]:
    return [
        Item(f"si_{number}_{place}", [bought], now, now + (trial or PRICES[bought[0]].interval or 0), line)
        for place, (bought, line) in enumerate(zip(purchase.lines, purchase.line_ids, strict=True))
        if bought[0] in RECURRING
    ]


def _first_lines(purchase: Purchase, items: list[Item], free: bool, trial: int) -> list[InvoiceLine]:
    by_line = {item.line: item for item in items}
    found = []
    for (price, quantity), line in zip(purchase.lines, purchase.line_ids, strict=True):
        item, now = by_line.get(line), purchase.created
        amount = 0 if free or (item and trial) else UNIT_AMOUNT * quantity
        end = item.end if item else now
        found.append(InvoiceLine(item.id if item else None, price, quantity, amount, now, end))
    return found
