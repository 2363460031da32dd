"""The truth by itself: what each license must be, of stories told by hand."""

from dataclasses import dataclass, field
from typing import Any

from simulation.clock import Clock
from simulation.prices import DAY, MONTH, YEAR, Unit
from simulation.stripe_account import changes, checkout, money, renewals
from simulation.stripe_account.account import EVERYTHING, Account
from simulation.stripe_account.objects import Item, Purchase
from simulation.truth.licenses import Judge, Line, lines
from simulation.truth.people import Decided, Policy
from simulation.truth.subscriptions import Billing, billing

PARTIAL = Policy(freezes_on_partial=True)


@dataclass
class Story:
    """One purchase and what comes of it."""

    account: Account = field(default_factory=lambda: Account("acme", Clock(), hears=EVERYTHING))

    def buy(self, *bought: tuple[str, int], **terms: Any) -> Purchase:
        purchase = checkout.buy(self.account, *bought, email=None, customer=None, **terms)
        checkout.completed(self.account, purchase)
        return purchase

    def later(self, seconds: int) -> None:
        self.account.clock.now += seconds

    def statuses(self, purchase: Purchase, policy: Policy = Policy(), **decided: Any) -> dict[str, str]:  # noqa: B008
        """Name the status of each unit, by the price that the line was bought as."""
        judge = Judge(purchase, policy, self.account.clock.now)
        return {
            _name(purchase, line): " ".join(
                "/".join(sorted(judge.statuses(line, number, Decided(**decided)))) for number in range(1, line.most + 1)
            )
            for line in lines(purchase, issued=False)
        }

    def ends(self, purchase: Purchase) -> dict[str, int | None]:
        judge = Judge(purchase, Policy(), self.account.clock.now)
        found = {}
        for line in lines(purchase, issued=False):
            [found[_name(purchase, line)]] = {end for unit in line.units for end in judge.ends(line, unit.kind)}
        return found


def _name(purchase: Purchase, line: Line) -> str:
    bought = dict(zip(purchase.line_ids, purchase.lines, strict=True))
    return bought[line.id][0] if line.id in bought else line.id


def only(purchase: Purchase) -> Item:
    assert purchase.subscription is not None
    [item] = purchase.subscription.items
    return item


def test_a_refund_that_is_canceled_lifts_its_hold() -> None:
    story = Story()
    purchase = story.buy(("price_pro_lifetime", 1))
    charge = purchase.charges[0]
    money.refund(story.account, purchase, charge, 1000)
    assert story.statuses(purchase) == {"price_pro_lifetime": "frozen"}
    money.refund_becomes(story.account, purchase, charge, charge.refunds[0], "canceled")
    assert story.statuses(purchase) == {"price_pro_lifetime": "active"}


def test_a_refunded_renewal_concerns_the_subscription_until_a_later_period_is_paid() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1), ("price_pro_lifetime", 1))
    story.later(MONTH)
    renewals.renewed(story.account, purchase)
    money.refund(story.account, purchase, purchase.charges[-1], 1000)
    assert story.statuses(purchase) == {"price_pro_monthly": "frozen", "price_pro_lifetime": "active"}
    story.later(MONTH)
    renewals.renewed(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "active", "price_pro_lifetime": "active"}


def test_the_first_invoice_concerns_the_whole_order() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1), ("price_pro_lifetime", 1))
    money.refund(story.account, purchase, purchase.charges[0], 2000)
    story.later(MONTH)
    renewals.renewed(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "frozen", "price_pro_lifetime": "frozen"}


def test_a_refunded_proration_is_a_part() -> None:
    story = Story()
    purchase = story.buy(("price_team", 1))
    story.later(DAY)
    changes.item_changed(story.account, purchase, only(purchase), "price_team", 2, changes.PAID)
    money.refund(story.account, purchase, purchase.charges[-1], purchase.charges[-1].captured)
    assert story.statuses(purchase) == {"price_team": "active"}
    assert story.statuses(purchase, PARTIAL) == {"price_team": "frozen"}


def test_several_payments_of_an_invoice_are_refunded_together() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    story.later(MONTH)
    renewals.renewed(story.account, purchase, payments=2)
    first, second = purchase.invoices[-1].charges
    money.refund(story.account, purchase, first, first.captured)
    assert story.statuses(purchase) == {"price_pro_monthly": "active"}
    money.refund(story.account, purchase, second, second.captured)
    assert story.statuses(purchase) == {"price_pro_monthly": "frozen"}


def test_nothing_is_given_away_of_a_year_that_was_never_paid() -> None:
    story = Story()
    purchase = story.buy(("price_pro_yearly", 1))
    story.later(YEAR)
    renewals.begins(story.account, purchase)
    renewals.failed(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_yearly": "active"}
    assert billing(purchase) == Billing("past_due", False, purchase.created + YEAR, None)
    story.later(14 * DAY)
    changes.ended(story.account, purchase, "cancellation_requested")
    assert story.ends(purchase) == {"price_pro_yearly": purchase.created + YEAR + 14 * DAY}


def test_an_unpaid_proration_takes_no_paid_year() -> None:
    story = Story()
    purchase = story.buy(("price_pro_yearly", 1))
    story.later(DAY)
    changes.item_changed(story.account, purchase, only(purchase), "price_pro_yearly", 4, changes.FAILED)
    changes.ended(story.account, purchase, "payment_failed")
    assert story.ends(purchase) == {"price_pro_yearly": purchase.created + YEAR}


def test_a_longer_period_counts_once_it_is_paid() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    story.later(DAY)
    changes.item_changed(story.account, purchase, only(purchase), "price_pro_yearly", 1, changes.PAID)
    assert billing(purchase) == Billing("active", False, purchase.created + DAY + YEAR, None)


def test_what_is_canceled_and_given_back_ends_at_once() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    story.later(MONTH)
    renewals.renewed(story.account, purchase)
    story.later(DAY)
    changes.ended(story.account, purchase)
    assert story.ends(purchase) == {"price_pro_monthly": purchase.created + 2 * MONTH}
    money.refund(story.account, purchase, purchase.charges[-1], 1000)
    assert story.ends(purchase) == {"price_pro_monthly": purchase.created + MONTH + DAY}
    money.refund_becomes(story.account, purchase, purchase.charges[-1], purchase.charges[-1].refunds[0], "failed")
    assert story.ends(purchase) == {"price_pro_monthly": purchase.created + 2 * MONTH}


def test_a_cancellation_is_set_and_taken_back() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    changes.cancellation_set(story.account, purchase)
    assert story.ends(purchase) == {"price_pro_monthly": purchase.created + MONTH}
    assert billing(purchase) == Billing("active", False, purchase.created + MONTH, purchase.created + MONTH)
    changes.cancellation_unset(story.account, purchase)
    assert story.ends(purchase) == {"price_pro_monthly": None}


def test_unpaid_is_a_hold_that_ends_by_itself() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1), ("price_pro_lifetime", 1))
    story.later(MONTH)
    renewals.begins(story.account, purchase)
    renewals.failed(story.account, purchase)
    renewals.given_up(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "frozen", "price_pro_lifetime": "active"}
    renewals.paid(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "active", "price_pro_lifetime": "active"}


def test_a_pause_begins_when_the_trial_is_over() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1), trial=14 * DAY)
    assert billing(purchase) == Billing("trialing", False, purchase.created + 14 * DAY, None)
    changes.paused(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "active"}
    story.later(14 * DAY)
    assert story.statuses(purchase) == {"price_pro_monthly": "frozen"}
    changes.resumed(story.account, purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "active"}


def test_a_paused_collection_freezes_where_that_is_wanted() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    changes.collection_paused(story.account, purchase, "keep_as_draft")
    assert story.statuses(purchase) == {"price_pro_monthly": "active"}
    assert story.statuses(purchase, Policy(freezes_on_paused_collection=True)) == {"price_pro_monthly": "frozen"}
    assert billing(purchase) == Billing("active", True, purchase.created + MONTH, None)


def test_plan_and_seats_follow_the_item() -> None:
    story = Story()
    purchase = story.buy(("price_team", 5))
    changes.item_changed(story.account, purchase, only(purchase), "price_both", 12)
    [line] = lines(purchase, issued=False)
    assert line.units == (Unit("pro", 1), Unit("team", 12))
    assert not line.in_order, "which of two licenses is which depends on what there was before"
    changes.item_changed(story.account, purchase, only(purchase), "price_team", 1)
    [line] = lines(purchase, issued=False)
    assert line.units == (Unit("team", 1),)
    assert story.statuses(purchase) == {"price_team": "active frozen"}, "what was minted on the way is frozen"


def test_units_fall_and_rise() -> None:
    story = Story()
    purchase = story.buy(("price_units", 3))
    changes.item_changed(story.account, purchase, only(purchase), "price_units", 2)
    assert story.statuses(purchase) == {"price_units": "active active frozen"}
    assert story.statuses(purchase, lifted={"quantity:2"}) == {"price_units": "active active active"}
    changes.item_changed(story.account, purchase, only(purchase), "price_units", 4)
    assert story.statuses(purchase) == {"price_units": "active active active active"}


def test_an_item_comes_and_one_goes() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1))
    item = only(purchase)
    changes.item_added(story.account, purchase, "price_team", 3)
    changes.item_removed(story.account, purchase, item)
    added = only(purchase)
    assert story.statuses(purchase) == {"price_pro_monthly": "expired/frozen", added.id: "active"}


def test_each_item_ends_with_what_was_paid_for_it() -> None:
    story = Story()
    purchase = story.buy(("price_pro_monthly", 1), ("price_pro_yearly", 1))
    story.later(DAY)
    changes.ended(story.account, purchase)
    assert story.ends(purchase) == {
        "price_pro_monthly": purchase.created + MONTH,
        "price_pro_yearly": purchase.created + YEAR,
    }


def test_an_inquiry_holds_nothing_until_it_takes_money() -> None:
    story = Story()
    purchase = story.buy(("price_pro_lifetime", 1))
    charge = purchase.charges[0]
    money.disputed(story.account, purchase, charge, "warning_needs_response")
    [dispute] = charge.disputes.values()
    assert story.statuses(purchase) == {"price_pro_lifetime": "active"}
    for status, moved, then in (
        ("needs_response", -1000, "frozen"),
        ("lost", 0, "frozen"),
        ("appeal_needs_response", 0, "frozen"),
        ("won", 1000, "active"),
        ("lost", -1000, "frozen"),
    ):
        money.dispute_becomes(story.account, purchase, charge, dispute, status, moved)
        assert story.statuses(purchase) == {"price_pro_lifetime": then}, status


def test_a_prevented_dispute_holds_if_it_took_money() -> None:
    for moved, status in ((0, "active"), (-1000, "frozen")):
        story = Story()
        purchase = story.buy(("price_pro_lifetime", 1))
        money.disputed(story.account, purchase, purchase.charges[0], "prevented", moved)
        assert story.statuses(purchase) == {"price_pro_lifetime": status}


def test_a_dispute_that_is_won_gives_the_paid_period_back() -> None:
    story = Story()
    purchase = story.buy(("price_pro_yearly", 1))
    charge = purchase.charges[0]
    money.disputed(story.account, purchase, charge)
    changes.ended(story.account, purchase, "payment_disputed")
    assert story.statuses(purchase) == {"price_pro_yearly": "frozen"}
    money.dispute_becomes(story.account, purchase, charge, next(iter(charge.disputes.values())), "won")
    assert story.statuses(purchase) == {"price_pro_yearly": "active"}
    assert story.ends(purchase) == {"price_pro_yearly": purchase.created + YEAR}


def test_a_recurring_price_belongs_to_the_subscription_whatever_its_plan() -> None:
    story = Story()
    purchase = story.buy(("price_installments", 1))
    story.later(MONTH)
    renewals.begins(story.account, purchase)
    renewals.failed(story.account, purchase)
    renewals.given_up(story.account, purchase)
    assert story.statuses(purchase) == {"price_installments": "frozen"}
    changes.ended(story.account, purchase, "payment_failed")
    assert story.statuses(purchase) == {"price_installments": "active"}, "its plan is perpetual"


def test_a_debit_that_bounced_is_paid_through_its_invoice() -> None:
    story = Story()
    purchase = checkout.buy(story.account, ("price_pro_monthly", 1), email=None, customer=None)
    checkout.completed(story.account, purchase, "unpaid")
    checkout.async_failed(story.account, purchase)
    assert lines(purchase, issued=False) == []
    story.later(3 * DAY)
    checkout.retried(story.account, purchase)
    assert purchase.payment_status == "unpaid"
    assert story.statuses(purchase) == {"price_pro_monthly": "active"}
    assert purchase.paid_at == purchase.created + 3 * DAY
