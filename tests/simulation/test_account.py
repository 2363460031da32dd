"""Stripe's side by itself: its API answers what its events said last, and each update says what was before."""

import random
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from simulation import money_actions, subscription_actions
from simulation.clock import Clock
from simulation.history import History
from simulation.prices import MONTH
from simulation.stripe_account import changes, checkout, money, renewals, shapes
from simulation.stripe_account.account import EVERYTHING, Account
from simulation.stripe_account.objects import NEW, OLD, Json, Purchase
from simulation.stripe_account.renewals import subscription_of
from simulation.world import ORGS, SimulatedWorld

AT_STRIPE = [
    *[money_actions.buy] * 2,
    money_actions.late_payment,
    money_actions.refund,
    money_actions.refund_becomes,
    money_actions.dispute,
    money_actions.dispute_becomes,
    money_actions.invoice_by_hand,
    *[subscription_actions.renew] * 2,
    subscription_actions.invoice,
    *[subscription_actions.change_items] * 2,
    subscription_actions.cancel,
    subscription_actions.pause,
    subscription_actions.delete,
]


@dataclass
class OnlyStripe:
    """A world in which there is Stripe and nothing else."""

    clock: Clock = field(default_factory=Clock)
    accounts: dict[str, Account] = field(default_factory=dict)

    def buy(self, *lines: tuple[str, int], org: str, **terms: Any) -> Purchase:
        return checkout.buy(self.accounts[org], *lines, **terms)

    def wait_until(self, moment: float) -> None:
        self.clock.now = max(self.clock.now, moment)


def lived(seed: int, version: str) -> list[tuple[Account, Purchase]]:
    """Let forty things happen, a second apart or none."""
    choose, world = random.Random(seed), OnlyStripe()  # noqa: S311 - a history, no secret
    world.accounts = {org: Account(org, world.clock, version, EVERYTHING) for org in ORGS}
    history = History(cast(SimulatedWorld, world), choose)
    for _ in range(40):
        choose.choice(AT_STRIPE)(history)
        world.clock.now += choose.choice((0, 1, 86_400))
    return [(account, purchase) for account in world.accounts.values() for purchase in account.purchases]


def last_of(purchase: Purchase, identity: str) -> Json:
    """Return an object as the last event about it had it."""
    told = [event["data"]["object"] for event in purchase.events if event["data"]["object"]["id"] == identity]
    return {name: value for name, value in told[-1].items() if name != "metadata"}


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("seed", range(20))
def test_what_changes_is_told_as_it_is_at_last(seed: int, version: str) -> None:
    for account, purchase in lived(seed, version):
        if purchase.subscription:
            assert last_of(purchase, purchase.subscription.id) == account.told(purchase)
        for charge in purchase.charges:
            for dispute in charge.disputes.values():
                assert last_of(purchase, dispute.id) == shapes.dispute(purchase, charge, dispute)
            for refund in charge.refunds if version == NEW else ():
                assert last_of(purchase, refund.id) == shapes.refund(charge, refund)


@pytest.mark.parametrize("seed", range(20))
def test_the_api_answers_with_what_was_told_last(seed: int) -> None:
    for account, purchase in lived(seed, NEW):
        of = purchase.subscription
        if of:
            told = account.objects.get("subscriptions", of.id, purchase.livemode)
            assert told == last_of(purchase, of.id)
            invoice = account.objects.get("invoices", told["latest_invoice"], purchase.livemode)
            assert invoice["status"] == of.latest_invoice.status


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("seed", range(20))
def test_an_update_says_what_was_before(seed: int, version: str) -> None:
    for _, purchase in lived(seed, version):
        states: list[Json] = []
        for event in purchase.events:
            if not event["type"].startswith("customer.subscription."):
                continue
            about = event["data"]["object"]
            if event["type"] == "customer.subscription.updated":
                assert {**about, **event["data"]["previous_attributes"]} == next(
                    state for state in reversed(states) if state != about
                )
            states.append(about)


def account_of(version: str = NEW) -> Account:
    return Account("acme", Clock(), version, EVERYTHING)


def bought(account: Account, *lines: tuple[str, int], **terms: Any) -> Purchase:
    purchase = checkout.buy(account, *lines, email="ada@example.com", customer="cus_ada", **terms)
    checkout.completed(account, purchase)
    return purchase


def test_a_paid_subscription_begins_with_four_events() -> None:
    account = account_of()
    purchase = checkout.buy(account, ("price_pro_monthly", 1), email=None, customer=None)
    assert [event["type"] for event in checkout.completed(account, purchase)] == [
        "checkout.session.completed",
        "customer.subscription.created",
        "invoice.paid",
        "payment_intent.succeeded",
    ]


def test_a_renewal_moves_the_period_and_bills_it() -> None:
    account = account_of()
    purchase = bought(account, ("price_pro_monthly", 2))
    account.clock.now += MONTH
    [update] = renewals.begins(account, purchase)
    item = update["data"]["object"]["items"]["data"][0]
    invoice = account.objects.get("invoices", update["data"]["object"]["latest_invoice"], False)
    assert item["current_period_end"] == purchase.created + 2 * MONTH
    assert (invoice["status"], invoice["billing_reason"], invoice["amount_due"]) == (
        "draft",
        "subscription_cycle",
        2000,
    )
    assert invoice["lines"]["data"][0]["period"]["end"] == purchase.created + 2 * MONTH


def test_before_2025_the_period_is_the_subscriptions_and_a_charge_names_its_invoice() -> None:
    account = account_of(OLD)
    purchase = bought(account, ("price_pro_monthly", 1))
    [refunded] = money.refund(account, purchase, purchase.charges[0], 1000)
    [deleted] = changes.ended(account, purchase)
    assert refunded["data"]["object"]["invoice"] == purchase.invoices[0].id
    assert deleted["data"]["object"]["current_period_end"] == purchase.created + MONTH
    assert "current_period_end" not in deleted["data"]["object"]["items"]["data"][0]
    api = account.objects.get("subscriptions", subscription_of(purchase).id, False)
    assert api["items"]["data"][0]["current_period_end"] == purchase.created + MONTH, "the API answers as its newest"


def test_an_unpaid_proration_leaves_the_paid_period_alone() -> None:
    account = account_of()
    purchase = bought(account, ("price_team", 1))
    account.clock.now += MONTH // 2
    [item] = subscription_of(purchase).items
    told = changes.item_changed(account, purchase, item, "price_team", 5, changes.FAILED)
    assert [event["type"] for event in told] == [
        "customer.subscription.updated",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    assert [line.amount for line in purchase.invoices[-1].lines] == [-500, 2500]
    assert subscription_of(purchase).status == "past_due"
    assert purchase.invoices[0].pays_until() == item.end


def test_what_was_never_captured_counts_as_refunded() -> None:
    account = account_of()
    purchase = checkout.buy(account, ("price_pro_lifetime", 1), email=None, customer=None)
    checkout.completed(account, purchase, "unpaid", by_hand=True)
    assert account.objects.get("payment_intents", "pi_1", False)["status"] == "requires_capture"
    checkout.captured(account, purchase, 600)
    charge = account.objects.get("charges", "ch_1", False)
    assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (600, 400, False)
    money.refund(account, purchase, purchase.charges[0], 600)
    charge = account.objects.get("charges", "ch_1", False)
    assert (charge["amount_refunded"], charge["refunded"]) == (1000, True)


def test_the_endpoint_is_sent_what_it_hears_only() -> None:
    account = Account("acme", Clock(), NEW, frozenset({"customer.subscription.deleted"}))
    purchase = bought(account, ("price_pro_monthly", 1))
    assert purchase.events == []
    changes.ended(account, purchase)
    assert [event["type"] for event in purchase.events] == ["customer.subscription.deleted"]
