"""How a subscription stands: what is paid until when, item by item, and when what it paid for ends."""

from itertools import permutations

import pytest
from keystack.domain.billing import Billing, billing, paid_through, subscription_end
from keystack.domain.facts import Concern, Fact, Facts, OrderFact, Paid, PaymentMissed, RefundFailed, with_facts
from keystack.domain.subscriptions import SubscriptionStatus

from unit.billing_facts import ended, item, paid_until, renewal_refunded, seen

MAY_1, MAY_10, JUNE_1, JULY_1, NEXT_MAY = 1_000, 1_010, 2_000, 3_000, 9_000
ACTIVE, TRIALING = SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING
LIVING = ("trialing", "active", "past_due")


def known(*told: Fact) -> Facts:
    return with_facts({}, told)


def end(*told: Fact, of: str | None = None) -> int | None:
    """When it ends: the same whatever order the facts are told in."""
    found = {subscription_end(with_facts({}, each), of) for each in permutations(told)}
    assert len(found) == 1, found
    return found.pop()


# ------------------------------------------------------------ paid until when


def test_nothing_is_paid_as_far_as_is_known() -> None:
    assert paid_through(known(seen("active", MAY_1, item(end=JUNE_1)))) is None


def test_the_latest_period_that_was_paid_counts_whichever_is_told_last() -> None:
    assert paid_through(known(paid_until(JULY_1, invoice="in_2"), paid_until(JUNE_1))) == JULY_1


def test_items_have_periods_of_their_own() -> None:
    facts = known(paid_until(JUNE_1, "si_month"), paid_until(NEXT_MAY, "si_year"))
    assert [paid_through(facts, each) for each in ("si_month", "si_year")] == [JUNE_1, NEXT_MAY]
    assert paid_through(facts) == NEXT_MAY


def test_an_item_of_which_no_period_is_known_shares_those_of_the_others() -> None:
    assert paid_through(known(paid_until(JUNE_1)), "si_added_later") == JUNE_1


# -------------------------------------------------------------------- its end


@pytest.mark.parametrize("status", [*LIVING, "unpaid", "paused", "incomplete"])
def test_it_ends_never_while_no_cancellation_is_set_however_long_ago_it_was_paid(status: str) -> None:
    """At each renewal the invoice stays a draft for about an hour."""
    assert end(seen(status, JULY_1), paid_until(JUNE_1)) is None


@pytest.mark.parametrize("status", LIVING)
def test_a_cancellation_that_is_set_says_when_it_will_end(status: str) -> None:
    assert end(seen(status, MAY_10, ends=JUNE_1), paid_until(JUNE_1)) == JUNE_1


def test_a_cancellation_that_is_unset_again_is_forgotten() -> None:
    assert end(seen("active", MAY_1, ends=JUNE_1), seen("active", MAY_10), paid_until(JUNE_1)) is None


def test_one_that_is_set_for_before_the_paid_periods_end_takes_nothing_of_it() -> None:
    assert end(seen("active", MAY_1, ends=MAY_10), paid_until(JUNE_1)) == JUNE_1


def test_what_was_paid_lasts_to_the_end_of_its_period() -> None:
    assert end(ended(MAY_10, MAY_10), paid_until(JUNE_1)) == JUNE_1


def test_after_the_paid_period_it_ends_when_it_ended() -> None:
    assert end(ended(JUNE_1 + 5, JUNE_1 + 9), paid_until(JUNE_1)) == JUNE_1 + 5


def test_each_item_ends_with_its_own_period() -> None:
    told: list[Fact] = [ended(MAY_10, MAY_10), paid_until(JUNE_1, "si_month"), paid_until(NEXT_MAY, "si_year")]
    assert [end(*told, of=each) for each in ("si_month", "si_year", None)] == [JUNE_1, NEXT_MAY, NEXT_MAY]


@pytest.mark.parametrize("reason", [None, "cancellation_requested", "payment_failed", "payment_disputed"])
def test_of_a_period_that_was_never_paid_nothing_is_given_away_whatever_the_reason(reason: str | None) -> None:
    """A renewal was due on June 1st; its invoice is open, void or uncollectible."""
    over = ended(JUNE_1 + 9, JUNE_1 + 9, item(end=JULY_1), latest_is_paid=False, latest_invoice="in_2", reason=reason)
    assert end(over, paid_until(JUNE_1)) == JUNE_1 + 9


def test_an_unpaid_proration_takes_no_paid_year() -> None:
    over = ended(MAY_10, MAY_10, item(end=NEXT_MAY), latest_is_paid=False, latest_invoice="in_proration")
    assert end(over, paid_until(NEXT_MAY)) == NEXT_MAY


def test_a_subscription_that_a_dispute_ended_keeps_what_is_on_record_as_paid() -> None:
    over = ended(MAY_10, MAY_10, item(end=NEXT_MAY), reason="payment_disputed", latest_invoice="in_1")
    assert end(over, paid_until(NEXT_MAY)) == NEXT_MAY


# ------------------------------------------------------------ what was given back


@pytest.mark.parametrize("at", [MAY_1, MAY_10 + 5])
def test_a_period_whose_payment_was_given_back_ends_with_the_subscription_before_or_after(at: int) -> None:
    assert end(ended(MAY_10, MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1, at=at)) == MAY_10


@pytest.mark.parametrize("concern", [Concern.ORDER, Concern.SUBSCRIPTION])
def test_so_does_one_that_the_first_invoice_paid(concern: Concern) -> None:
    assert end(ended(MAY_10, MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1, concern=concern)) == MAY_10


def test_a_refund_that_failed_gives_the_period_back() -> None:
    failed = RefundFailed("re_1", "ch_2", 100, MAY_10)
    assert end(ended(MAY_10, MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1), failed) == JUNE_1


def test_a_part_that_was_given_back_takes_nothing_of_the_period() -> None:
    assert end(ended(MAY_10, MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1, amount=40)) == JUNE_1


def test_nor_does_the_refund_of_an_earlier_period() -> None:
    assert end(ended(JUNE_1 + 9, JUNE_1 + 9), paid_until(JULY_1), renewal_refunded(until=JUNE_1)) == JULY_1


def test_nor_does_a_refund_while_the_subscription_goes_on() -> None:
    assert end(seen("active", MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1)) is None
    assert end(seen("active", MAY_1, ends=MAY_10), paid_until(JUNE_1), renewal_refunded(until=JUNE_1)) == JUNE_1


def test_of_several_items_the_one_whose_payment_was_given_back_ends() -> None:
    told: list[Fact] = [ended(MAY_10, MAY_10), paid_until(JUNE_1, "si_month"), paid_until(NEXT_MAY, "si_year")]
    told.append(renewal_refunded(until=JUNE_1))
    assert [end(*told, of=each) for each in ("si_month", "si_year")] == [MAY_10, NEXT_MAY]


def test_the_refund_of_what_paid_the_latest_period_counts_whatever_is_known_of_that_refunds_period() -> None:
    told = ended(MAY_10, MAY_10), paid_until(JUNE_1, invoice="in_2"), renewal_refunded(until=None)
    assert end(*told) == MAY_10


# -------------------------------------------------- where nobody could ask Stripe


def unasked(*of: object, **more: object) -> Fact:
    """It ended on May 10th. Its event says which invoice is the latest, not whether that is paid."""
    return ended(MAY_10, MAY_10, *of, **{"latest_is_paid": None, "latest_invoice": "in_2", **more})  # type: ignore[arg-type]


def test_the_current_period_is_believed_to_be_paid() -> None:
    assert end(unasked(item(end=JUNE_1))) == JUNE_1
    assert end(unasked(item(end=JUNE_1)), paid_until(MAY_1)) == JUNE_1


def test_each_items_own_period_is_believed() -> None:
    over = unasked(item("si_month", end=JUNE_1), item("si_year", end=NEXT_MAY))
    assert [end(over, of=each) for each in ("si_month", "si_year", "si_gone", None)] == [
        JUNE_1,
        NEXT_MAY,
        NEXT_MAY,
        NEXT_MAY,
    ]


@pytest.mark.parametrize("reason", ["payment_failed", "payment_disputed"])
def test_it_is_not_where_stripe_says_that_nobody_paid(reason: str) -> None:
    assert end(unasked(item(end=JUNE_1), reason=reason)) == MAY_10


@pytest.mark.parametrize(("missed", "expected"), [("in_2", MAY_10), ("in_1", JUNE_1)])
def test_it_is_not_where_the_payment_of_its_invoice_is_known_to_have_failed(missed: str, expected: int) -> None:
    assert end(unasked(item(end=JUNE_1)), PaymentMissed(missed, MAY_1)) == expected


def test_what_failed_first_and_was_paid_then_is_paid() -> None:
    told = unasked(item(end=JUNE_1)), PaymentMissed("in_2", MAY_1), paid_until(JUNE_1, invoice="in_2")
    assert end(*told) == JUNE_1


def test_it_is_not_where_what_the_latest_invoice_paid_is_on_record() -> None:
    """An item's period may end later than what was paid: it was moved."""
    assert end(unasked(item(end=JULY_1)), paid_until(JUNE_1, invoice="in_2")) == JUNE_1


def test_it_is_not_while_the_subscription_goes_on() -> None:
    going = seen("active", MAY_1, item(end=JULY_1), ends=JUNE_1, latest_invoice="in_2")
    assert end(going) == JUNE_1


# ----------------------------------------------------------------- as it is told


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_billing_tells_the_status_that_was_seen(status: SubscriptionStatus) -> None:
    told = billing(known(seen(status, MAY_1, collection_paused=True, ends=JULY_1), paid_until(JUNE_1)))
    assert told == Billing(status, collection_paused=True, paid_through=JUNE_1, cancels_at=JULY_1)


def test_what_is_no_subscription_or_of_an_earlier_version_has_no_billing() -> None:
    assert billing(known(Paid(MAY_1))) is None
    assert billing(known()) is None


@pytest.mark.parametrize("begins", [ACTIVE, TRIALING])
@pytest.mark.parametrize("before", [[], [seen("incomplete", MAY_1)]])
def test_until_it_is_seen_it_stands_as_the_checkout_said(begins: SubscriptionStatus, before: list[OrderFact]) -> None:
    facts = known(Paid(MAY_1, begins), paid_until(JUNE_1), *before)
    assert billing(facts) == Billing(begins, collection_paused=False, paid_through=JUNE_1, cancels_at=None)


def test_what_was_seen_of_it_counts_more_than_how_it_began() -> None:
    told = billing(known(Paid(MAY_1, TRIALING), seen("past_due", JUNE_1)))
    assert told == Billing(SubscriptionStatus.PAST_DUE, False, None, None)


def test_before_its_payment_it_stands_as_it_was_seen() -> None:
    told = billing(known(seen("incomplete", MAY_1)))
    assert told is not None
    assert told.state is SubscriptionStatus.INCOMPLETE


def test_each_item_is_told_its_own_period() -> None:
    facts = known(seen("active", MAY_1), paid_until(JUNE_1, "si_month"), paid_until(NEXT_MAY, "si_year"))
    told = [billing(facts, each) for each in ("si_month", "si_year")]
    assert [each.paid_through if each else None for each in told] == [JUNE_1, NEXT_MAY]
