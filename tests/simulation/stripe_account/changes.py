"""What the customer or the vendor changes about a subscription: its items, its pauses, its end.

Sources: Stripe's documentation, "Change subscriptions", "Prorations", "Pause payment collection", "Cancel
subscriptions".
"""

from collections.abc import Callable
from dataclasses import replace

from simulation.prices import PRICES, UNIT_AMOUNT
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Invoice, InvoiceLine, Item, Json, Purchase, Subscription
from simulation.stripe_account.renewals import failed, paid, subscription_of, whole_period

# How a change is billed: not at all, or at once by a proration that is paid or whose payment fails.
NOT, PAID, FAILED = "not billed", "paid", "failed"


def item_changed(
    account: Account, purchase: Purchase, item: Item, price: str, quantity: int, bills: str = NOT
) -> list[Json]:
    """Change an item's price and quantity.

    A price of another interval begins a new period at once, and bills it; a trial goes on.
    """
    before, now = account.told(purchase), account.now
    earlier = replace(item, was=[*item.was])
    item.was.append((price, quantity))
    is_trial = subscription_of(purchase).status == "trialing"
    if PRICES[price].interval != PRICES[earlier.price].interval and not is_trial:
        item.start, item.end = now, now + (PRICES[price].interval or 0)
    lines = [_share(earlier, now, -1), _share(item, now, 1)]
    return _changed(account, purchase, before, lines, bills)


def item_added(account: Account, purchase: Purchase, price: str, quantity: int, bills: str = NOT) -> list[Json]:
    of = subscription_of(purchase)
    before, now = account.told(purchase), account.now
    item = Item(f"si_{account.number()}", [(price, quantity)], now, of.period_end)
    of.all_items.append(item)
    return _changed(account, purchase, before, [_share(item, now, 1)], bills)


def item_removed(account: Account, purchase: Purchase, item: Item) -> list[Json]:
    before = account.told(purchase)
    item.removed_at = account.now
    return account.updated(purchase, before)


def cancellation_set(account: Account, purchase: Purchase, at: int | None = None) -> list[Json]:
    """Let it end at a moment, or at its period's end."""

    def change(of: Subscription) -> None:
        of.at_period_end, of.cancel_at = at is None, at or of.period_end
        of.canceled_at, of.reason = account.now, "cancellation_requested"

    return _told(account, purchase, change)


def cancellation_unset(account: Account, purchase: Purchase) -> list[Json]:
    def change(of: Subscription) -> None:
        of.at_period_end, of.cancel_at, of.canceled_at, of.reason = False, None, None, None

    return _told(account, purchase, change)


def ended(account: Account, purchase: Purchase, reason: str = "cancellation_requested") -> list[Json]:
    """End it now: that was asked for, its payment failed, or it was disputed (`payment_failed`, `payment_disputed`)."""
    of = subscription_of(purchase)
    of.status, of.ended_at, of.reason = "canceled", account.now, reason
    of.canceled_at = of.canceled_at or account.now
    return account.of_subscription(purchase, "deleted")


def paused(account: Account, purchase: Purchase) -> list[Json]:
    return _told(account, purchase, lambda of: setattr(of, "status", "paused"), "paused")


def resumed(account: Account, purchase: Purchase) -> list[Json]:
    """Go on with a new period, which is paid for."""
    before, of = account.told(purchase), subscription_of(purchase)
    for item in of.items:
        item.start, item.end = account.now, account.now + (PRICES[item.price].interval or 0)
    of.status = "active"
    lines = [whole_period(item) for item in of.items]
    of.invoices.append(Invoice(f"in_{account.number()}", "subscription_cycle", account.now, lines))
    told = [*account.of_subscription(purchase, "resumed"), *account.updated(purchase, before)]
    return [*told, *paid(account, purchase)]


def collection_paused(account: Account, purchase: Purchase, behavior: str = "void") -> list[Json]:
    return _told(account, purchase, lambda of: setattr(of, "collection", behavior))


def collection_resumed(account: Account, purchase: Purchase) -> list[Json]:
    return _told(account, purchase, lambda of: setattr(of, "collection", None))


def _told(account: Account, purchase: Purchase, change: Callable[[Subscription], None], what: str = "") -> list[Json]:
    """Make a change and tell it: by an event of its own, if it has one, and by an update."""
    before = account.told(purchase)
    change(subscription_of(purchase))
    own = account.of_subscription(purchase, what) if what else []
    return [*own, *account.updated(purchase, before)]


def _changed(account: Account, purchase: Purchase, before: Json, lines: list[InvoiceLine], bills: str) -> list[Json]:
    """Tell what changed, and bill it if that is wanted."""
    of = subscription_of(purchase)
    if bills == NOT:
        return account.updated(purchase, before)
    of.invoices.append(Invoice(f"in_{account.number()}", "subscription_update", account.now, lines))
    told = account.updated(purchase, before)
    return [*told, *(paid if bills == PAID else failed)(account, purchase)]


def _share(item: Item, now: int, sign: int) -> InvoiceLine:
    """Bill the rest of an item's period, or (-1) give credit for it."""
    length = item.end - item.start or 1
    amount = UNIT_AMOUNT * item.quantity * max(0, item.end - now) // length
    return InvoiceLine(item.id, item.price, item.quantity, sign * amount, now, item.end, proration=True)
