"""What happens at Stripe in enumerated histories of a subscription: step by step, each with the events that tell it."""

import random
from dataclasses import dataclass, field

from simulation.prices import DAY, MONTH
from simulation.stripe_account import changes, checkout, money, renewals
from simulation.stripe_account.objects import Item, Json, Purchase
from simulation.stripe_account.renewals import subscription_of
from simulation.world import SimulatedWorld

STEPS = (
    "completed",
    "updated",
    "updated again",
    "invoice paid",
    "payment failed",
    "refund",
    "refund canceled",
    "deleted",
)
# Ways in which it may go at Stripe: in each one comes after what it needs.
WAYS = (
    ("completed", "payment failed", "invoice paid", "updated", "refund", "refund canceled", "updated again", "deleted"),
    ("completed", "updated", "payment failed", "updated again", "invoice paid", "refund", "refund canceled", "deleted"),
    ("completed", "updated", "updated again", "refund", "refund canceled", "payment failed", "invoice paid", "deleted"),
    ("completed", "updated", "payment failed", "invoice paid", "updated again", "deleted", "refund", "refund canceled"),
)
# What the two updates are: a change of price and quantity each, an end that is set and taken back, or a pause.
CHANGES = ("plans", "units", "items", "end", "pause")
CARTS = {"units": ("price_units", 2), "plans": ("price_team", 2)}


@dataclass
class Story:
    """A purchase whose life is told by `chosen` steps; what these need happens with them."""

    world: SimulatedWorld
    chosen: frozenset[str]
    choose: random.Random
    events: dict[str, list[Json]] = field(default_factory=dict)  # by the step that they come with
    done: set[str] = field(default_factory=set)
    renewal_began: bool = False

    def __post_init__(self) -> None:
        self.way = self.choose.choice(WAYS)
        self.changes = self.choose.choice(CHANGES)
        cart = CARTS.get(self.changes, ("price_pro_monthly", 1))
        self.purchase: Purchase = self.world.buy(cart, "price_pro_lifetime")

    @property
    def steps(self) -> list[str]:
        """Name the chosen steps as they happen; that it was bought is always one of them."""
        return [step for step in self.way if step in self.chosen | {"completed"}]

    def happens_until(self, step: str) -> None:
        """Let everything happen up to a step, some time apart: what is told has happened."""
        for each in self.steps:
            if each in self.done:
                continue
            self.world.clock.now += self.choose.choice((0, 1, 60, DAY))
            self.done.add(each)
            self.events[each] = self._happens(each)
            if each == step:
                return

    def _happens(self, step: str) -> list[Json]:
        account, purchase = self.world.accounts["acme"], self.purchase
        match step:
            case "completed":
                return checkout.completed(account, purchase)
            case "updated" | "updated again":
                return self._update(step == "updated")
            case "payment failed":
                return [*self._renewal(), *renewals.failed(account, purchase)][::-1]
            case "invoice paid":
                return [*self._renewal(), *renewals.paid(account, purchase)][::-1]
            case "refund":
                charge = self.choose.choice(purchase.taken)
                return money.refund(account, purchase, charge, charge.left)
            case "refund canceled":
                return self._refund_canceled()
            case _:
                return changes.ended(account, purchase)

    def _renewal(self) -> list[Json]:
        """Begin the period that the story's invoice is for, once."""
        if self.renewal_began:
            return []
        self.renewal_began = True
        self.world.clock.now = max(self.world.clock.now, subscription_of(self.purchase).period_end)
        return renewals.begins(self.world.accounts["acme"], self.purchase)

    def _refund_canceled(self) -> list[Json]:
        account, purchase, told = self.world.accounts["acme"], self.purchase, list[Json]()
        if not any(charge.refunds for charge in purchase.charges):
            charge = purchase.taken[-1]
            told = money.refund(account, purchase, charge, charge.left)
        [(charge, given)] = [(charge, given) for charge in purchase.charges for given in charge.refunds]
        self.world.clock.now += 120  # Stripe takes longer than the minute in which it may stamp both alike
        return [*money.refund_becomes(account, purchase, charge, given, "canceled"), *told]

    def _update(self, first: bool) -> list[Json]:
        account, purchase = self.world.accounts["acme"], self.purchase
        item = subscription_of(purchase).items[-1]
        match self.changes:
            case "plans":
                price, quantity = ("price_both", 5) if first else ("price_team", 3)
                return changes.item_changed(account, purchase, item, price, quantity)
            case "units":
                price, quantity = ("price_units", 3) if first else ("price_team_units", 1)
                return changes.item_changed(account, purchase, item, price, quantity)
            case "items":
                return self._change_items(item, first)
            case "end":
                return self._end(first)
            case _:
                pauses = first or "updated" not in self.chosen
                change = changes.collection_paused if pauses else changes.collection_resumed
                return change(account, purchase)

    def _change_items(self, item: Item, first: bool) -> list[Json]:
        account = self.world.accounts["acme"]
        if first or len(subscription_of(self.purchase).items) == 1:
            return changes.item_added(account, self.purchase, "price_team_units", 2)
        return changes.item_removed(account, self.purchase, item)

    def _end(self, first: bool) -> list[Json]:
        account = self.world.accounts["acme"]
        if first or subscription_of(self.purchase).cancel_at is None:
            return changes.cancellation_set(account, self.purchase, account.now + 3 * MONTH)  # after the renewal
        return changes.cancellation_unset(account, self.purchase)
