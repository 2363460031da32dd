"""What may happen in a searched history to a subscription: renewals, changes, pauses, the end."""

from collections.abc import Callable

from simulation.history import History
from simulation.prices import PRICES, RECURRING
from simulation.stripe_account import changes, renewals
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Invoice, Item, Json, Purchase
from simulation.stripe_account.renewals import subscription_of

Change = Callable[[Account, Purchase], list[Json]]


def renew(history: History) -> str | None:
    """Begin a period: it is paid at once, paid later, or its payment fails."""
    purchase = _running(history)
    if purchase is None:
        return None
    account, choose, of = history.world.accounts[purchase.org], history.choose, subscription_of(purchase)
    due = min(item.end for item in of.items)
    if choose.random() < 0.5:
        if of.cancel_at is not None and of.cancel_at <= due:
            return None  # then it ends
        history.world.wait_until(due)
    if any(item.start == account.now for item in of.items):
        return None  # nobody is billed twice for one period
    told = renewals.begins(account, purchase, [item for item in of.items if item.end == due])
    if of.status != "paused" and choose.random() < 0.8:
        paid = choose.random() < 0.7
        told += renewals.paid(account, purchase, payments=choose.choice((1, 1, 2))) if paid else []
        told += [] if paid else renewals.failed(account, purchase)
    return history.happened(purchase, *told)


def invoice(history: History) -> str | None:
    """Go on with an invoice that is not paid: pay it, fail again, give up."""
    purchase = _running(history, lambda each: bool(_unpaid(each)) and subscription_of(each).status != "paused")
    if purchase is None:
        return None
    account, about = history.world.accounts[purchase.org], history.choose.choice(_unpaid(purchase))
    what = history.choose.choice(("paid", "paid", "failed", "given up", "void"))
    if what == "given up" and subscription_of(purchase).status == "past_due":
        told = renewals.given_up(account, purchase)
    elif what == "void":
        told = renewals.written_off(account, purchase, about, "void")
    else:
        told = (renewals.failed if what == "failed" else renewals.paid)(account, purchase, about)
    return history.happened(purchase, *told) + f" {about.id}: {what}"


def change_items(history: History) -> str | None:
    """Add an item, remove one, or change the price or the quantity of one."""
    purchase = _running(history)
    if purchase is None:
        return None
    account, choose, items = history.world.accounts[purchase.org], history.choose, subscription_of(purchase).items
    item = choose.choice(items)
    what = choose.choice(("added", "removed", "price", "quantity", "quantity"))
    prices = _prices(purchase, item, also_longer=what == "price" and len(items) == 1)
    if what == "removed":
        if len(items) == 1 or item.price == "price_installments":
            return None
        return history.happened(purchase, *changes.item_removed(account, purchase, item)) + f" without {item.id}"
    price = item.price if what == "quantity" or not prices else choose.choice(prices)
    quantity = 1 if PRICES[price].metered else choose.choice((1, 2, 3, 4))
    if what == "added":
        if not prices:
            return None
        told = changes.item_added(account, purchase, price, quantity)
        return history.happened(purchase, *told) + f" with {quantity} x {price}"
    lasts_longer = PRICES[price].interval != PRICES[item.price].interval
    bills = _bills(history, purchase, at_once=lasts_longer)
    if lasts_longer and bills == changes.NOT and subscription_of(purchase).status != "trialing":
        return None  # a new interval begins a period, which is billed at once
    told = changes.item_changed(account, purchase, item, price, quantity, bills)
    return history.happened(purchase, *told) + f" {item.id} is {quantity} x {price}"


def cancel(history: History) -> str | None:
    """Set a cancellation, at the period's end or another moment, or take it back."""
    purchase = _running(history)
    if purchase is None:
        return None
    account = history.world.accounts[purchase.org]
    if subscription_of(purchase).cancel_at is not None:
        return history.happened(purchase, *changes.cancellation_unset(account, purchase)) + " never mind"
    if subscription_of(purchase).period_end <= account.now:
        return None
    at = history.choose.choice((None, None, account.now + 10 * 86_400))
    return history.happened(purchase, *changes.cancellation_set(account, purchase, at)) + f" {at or 'at the end'}"


def pause(history: History) -> str | None:
    """Pause it or its collection, or end such a pause."""
    purchase = _running(history)
    if purchase is None:
        return None
    of = subscription_of(purchase)
    change: Change = changes.collection_resumed if of.collection else changes.collection_paused
    if of.status == "paused":
        change = changes.resumed
    elif of.status in ("trialing", "active") and history.choose.random() < 0.5:
        change = changes.paused
    told = change(history.world.accounts[purchase.org], purchase)
    return history.happened(purchase, *told) + f" {change.__name__}"


def delete(history: History) -> str | None:
    purchase = history.purchase(_is_paid)
    if purchase is None:
        return None
    reason = history.choose.choice(("cancellation_requested", "cancellation_requested", "payment_disputed"))
    if subscription_of(purchase).status in ("past_due", "unpaid"):
        reason = history.choose.choice(("cancellation_requested", "payment_failed"))
    told = changes.ended(history.world.accounts[purchase.org], purchase, reason)
    return history.happened(purchase, *told) + f" {reason}"


def _is_paid(purchase: Purchase) -> bool:
    return bool(purchase.subscription and purchase.paid_at and not purchase.subscription.has_ended)


def _running(history: History, wanted: Callable[[Purchase], bool] = lambda _: True) -> Purchase | None:
    """Choose a subscription that goes on: one whose cancellation is due can only end."""

    def goes_on(purchase: Purchase) -> bool:
        cancel_at = purchase.subscription.cancel_at if purchase.subscription else None
        return _is_paid(purchase) and (cancel_at is None or cancel_at > history.world.clock.now) and wanted(purchase)

    return history.purchase(goes_on)


def _unpaid(purchase: Purchase) -> list[Invoice]:
    return [each for each in purchase.invoices if each.status in ("draft", "open")]


def _prices(purchase: Purchase, item: Item, also_longer: bool) -> list[str]:
    """List the recurring prices that the subscription does not have: no two items have the same.

    What a longer period is worth after a change to a shorter one is not ours to judge.
    """
    taken = {each.price for each in subscription_of(purchase).items}
    own = PRICES[item.price].interval or 0
    lengths = {price: PRICES[price].interval or 0 for price in RECURRING if price not in taken}
    return [price for price, length in lengths.items() if length == own or (also_longer and length > own)]


def _bills(history: History, purchase: Purchase, at_once: bool) -> str:
    """Bill a change at once, or not; only if all before it is paid."""
    of = subscription_of(purchase)
    if of.latest_invoice.status != "paid" or of.status != "active":
        return changes.NOT
    return history.choose.choice((changes.PAID, changes.FAILED, *([] if at_once else [changes.NOT])))
