"""One invocation of each handler over a subscription's life, and of a payment that takes its time."""

from collections.abc import Callable

from simulation.prices import DAY
from simulation.stripe_account import changes, checkout, money, renewals
from simulation.stripe_account.account import Account
from simulation.stripe_account.objects import Json, Purchase
from simulation.stripe_account.renewals import subscription_of
from simulation.world import SimulatedWorld

Step = Callable[[], object]
Change = Callable[[Account, Purchase], list[Json]]
Line = str | tuple[str, int]


def bought(world: SimulatedWorld, *lines: Line, before: tuple[Change, ...] = ()) -> Purchase:
    """Sell something and let all of it be told; then what happens `before`."""
    purchase = world.buy(*lines)
    for change in (checkout.completed, *before):
        world.post(*change(world.accounts["acme"], purchase))
        world.work_off()
    return purchase


def _then(
    change: Change, queue: str, *lines: Line, before: tuple[Change, ...] = ()
) -> Callable[[SimulatedWorld], Step]:
    """Let a change be told to a worker after a purchase, and what came before."""

    def scenario(world: SimulatedWorld) -> Step:
        purchase = bought(world, *lines, before=before)
        world.post(*change(world.accounts["acme"], purchase))
        return lambda: world.work(queue)

    return scenario


def _before_its_purchase(world: SimulatedWorld) -> Step:
    purchase, account = world.buy(("price_units", 1)), world.accounts["acme"]
    completed = checkout.completed(account, purchase)
    world.post(*completed[1:], *to("price_units", 3)(account, purchase))
    world.work_off()
    world.post(completed[0])
    return lambda: world.work("IssueQueue")


def _late_payment(change: Change, line: str, by_hand: bool, *before: Change) -> Callable[[SimulatedWorld], Step]:
    def scenario(world: SimulatedWorld) -> Step:
        purchase, account = world.buy(line), world.accounts["acme"]
        world.post(*checkout.completed(account, purchase, "unpaid", by_hand))
        world.work_off()
        for each in before:
            world.post(*each(account, purchase))
            world.work_off()
        world.post(change(account, purchase)[0])  # what else tells it gets lost
        return lambda: world.work("IssueQueue")

    return scenario


def to(price: str, quantity: int, bills: str = changes.NOT) -> Change:
    """Change the only item's price and quantity."""

    def change(account: Account, purchase: Purchase) -> list[Json]:
        [item] = subscription_of(purchase).items
        return changes.item_changed(account, purchase, item, price, quantity, bills)

    return change


def _added(account: Account, purchase: Purchase) -> list[Json]:
    return changes.item_added(account, purchase, "price_team", 3)


def _removed(account: Account, purchase: Purchase) -> list[Json]:
    return changes.item_removed(account, purchase, subscription_of(purchase).items[-1])


def renewed(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now = max(account.clock.now, subscription_of(purchase).period_end)
    return renewals.renewed(account, purchase)


def not_renewed(account: Account, purchase: Purchase) -> list[Json]:
    account.clock.now = max(account.clock.now, subscription_of(purchase).period_end)
    return [*renewals.begins(account, purchase), *renewals.failed(account, purchase)]


def last_refunded(account: Account, purchase: Purchase) -> list[Json]:
    charge = purchase.taken[-1]
    return money.refund(account, purchase, charge, charge.left)


def refund_canceled(account: Account, purchase: Purchase) -> list[Json]:
    charge = purchase.taken[-1]
    account.clock.now += DAY
    return money.refund_becomes(account, purchase, charge, charge.refunds[-1], "canceled")


def inquired(account: Account, purchase: Purchase) -> list[Json]:
    return money.disputed(account, purchase, purchase.taken[-1], "warning_needs_response")


def escalated(account: Account, purchase: Purchase) -> list[Json]:
    charge = purchase.taken[-1]
    [dispute] = charge.disputes.values()
    return money.dispute_becomes(account, purchase, charge, dispute, "needs_response", -charge.captured)


def lost(account: Account, purchase: Purchase) -> list[Json]:
    charge = purchase.taken[-1]
    [dispute] = charge.disputes.values()
    return money.dispute_becomes(account, purchase, charge, dispute, "lost")


ISSUE, FREEZE, EXPIRE = "IssueQueue", "FreezeQueue", "ExpireQueue"
SUBSCRIPTION_SCENARIOS: dict[str, Callable[[SimulatedWorld], Step]] = {
    "an upgrade": _then(to("price_both", 3, changes.PAID), ISSUE, ("price_team", 2)),
    "more units": _then(to("price_units", 3), ISSUE, ("price_units", 1)),
    "fewer units": _then(to("price_units", 1), ISSUE, ("price_units", 3)),
    "an item that is added": _then(_added, ISSUE, "price_pro_monthly", "price_pro_lifetime"),
    "an item that is removed": _then(_removed, ISSUE, "price_pro_monthly", before=(_added,)),
    "a change before its purchase": _before_its_purchase,
    "a renewal": _then(renewed, ISSUE),
    "a renewal that fails": _then(not_renewed, ISSUE),
    "a subscription that is unpaid": _then(renewals.given_up, ISSUE, before=(not_renewed,)),
    "an unpaid one that is paid": _then(renewals.paid, ISSUE, before=(not_renewed, renewals.given_up)),
    "a renewal after the refund of one": _then(renewed, ISSUE, before=(renewed, last_refunded)),
    "a cancellation that is set": _then(changes.cancellation_set, ISSUE),
    "a paused collection": _then(changes.collection_paused, ISSUE),
    "an end after a change": _then(changes.ended, EXPIRE, ("price_units", 1), before=(to("price_units", 2),)),
    "an end that nobody paid for": _then(changes.ended, EXPIRE, before=(not_renewed,)),
    "a refund that is canceled": _then(refund_canceled, FREEZE, "price_pro_lifetime", before=(last_refunded,)),
    "an inquiry that escalates": _then(escalated, FREEZE, "price_pro_lifetime", before=(inquired,)),
}
PAYMENT_SCENARIOS: dict[str, Callable[[SimulatedWorld], Step]] = {
    "a payment that is captured": _late_payment(checkout.captured, "price_year_pass", True),
    "a payment that is released": _late_payment(checkout.released, "price_pro_lifetime", True),
    "a debit that is tried again": _late_payment(checkout.retried, "price_team", False, checkout.async_failed),
}
