"""What of the money was given back, and which licenses that freezes: by what the payment was for."""

from itertools import permutations

import pytest
from keystack.domain.facts import Concern, Fact, Facts, Refunded, RefundFailed, with_facts
from keystack.domain.holds import open_holds
from keystack.domain.refunds import is_given_back, is_true, still_given_back

from unit.billing_facts import paid_until, renewal_refunded

MAY, JUNE, JULY = 1_000, 2_000, 3_000
ORDER, SUBSCRIPTION, PART = Concern


def in_any_order(*told: Fact) -> list[Facts]:
    return [with_facts({}, each) for each in permutations(told)]


def holds(*told: Fact) -> dict[str, Concern]:
    """The open holds and which licenses they freeze: the same whatever order they are told in."""
    found = [{hold.id: hold.concern for hold in open_holds(facts)} for facts in in_any_order(*told)]
    assert all(each == found[0] for each in found), found
    return found[0]


def refunded(amount: int, at: int = MAY, charge: str = "ch_1") -> Refunded:
    """Of a charge of 100."""
    return Refunded(charge, amount, amount >= 100, amount >= 100, at)


def of_invoice(charge: str, amount: int, paid: int = 100, **more: object) -> Refunded:
    """Of a charge that took a part, or all, of what the invoice `in_1` took."""
    told = {"at": MAY, "full": True, "freezes": amount >= paid, "concern": ORDER, "invoice": "in_1", "paid": paid}
    return Refunded(charge, amount, **{**told, **more})  # type: ignore[arg-type]


def failed(refund: str, amount: int, charge: str = "ch_1", at: int = MAY + 100, canceled: bool = False) -> RefundFailed:
    return RefundFailed(refund, charge, amount, at, canceled)


# --------------------------------------------------------- failed and canceled


@pytest.mark.parametrize("canceled", [False, True])
def test_a_refund_that_failed_or_was_canceled_gives_the_money_back_to_the_vendor(canceled: bool) -> None:
    assert holds(refunded(100), failed("re_1", 100, canceled=canceled)) == {}


def test_a_canceled_part_leaves_the_rest_given_back() -> None:
    for facts in in_any_order(refunded(60), refunded(100, MAY + 10), failed("re_2", 40, canceled=True)):
        assert still_given_back(facts, "ch_1") == 60
        assert not open_holds(facts)


def test_each_failure_counts_once_however_often_it_is_told() -> None:
    told: list[Fact] = [refunded(100), failed("re_1", 40), failed("re_1", 40, at=MAY + 200)]
    assert all(still_given_back(facts, "ch_1") == 60 for facts in in_any_order(*told))


def test_what_another_charge_gave_back_counts_for_nothing() -> None:
    [facts, *_] = in_any_order(refunded(60), refunded(100, charge="ch_2"))
    assert (still_given_back(facts, "ch_1"), still_given_back(facts, "ch_3")) == (60, 0)


def test_a_report_is_true_as_long_as_the_charge_is_refunded_that_far() -> None:
    early, late = refunded(60), refunded(100, MAY + 10)
    [facts, *_] = in_any_order(early, late, failed("re_2", 40))
    assert is_true(facts, early)
    assert not is_true(facts, late)


# ------------------------------------------------------------ in several parts


def test_parts_of_one_charge_freeze_once_they_are_all_of_it() -> None:
    assert holds(refunded(30), refunded(70)) == {}
    assert holds(refunded(30), refunded(70), refunded(100)) == {"refund:ch_1:100": ORDER}


def test_all_payments_of_an_invoice_together_freeze_and_one_of_them_does_not() -> None:
    assert holds(of_invoice("ch_1", 60)) == {}
    assert holds(of_invoice("ch_1", 60), of_invoice("ch_2", 40)) == {"refund:ch_1:60": ORDER, "refund:ch_2:40": ORDER}


def test_parts_of_several_payments_are_added_up() -> None:
    told = [of_invoice("ch_1", 30, full=False), of_invoice("ch_1", 60), of_invoice("ch_2", 40)]
    assert holds(*told[:2]) == {}
    assert holds(told[0], told[2]) == {}
    assert holds(*told) == {"refund:ch_1:60": ORDER, "refund:ch_2:40": ORDER}


def test_when_the_refund_of_one_payment_fails_the_invoice_is_not_given_back_any_more() -> None:
    assert holds(of_invoice("ch_1", 60), of_invoice("ch_2", 40), failed("re_1", 10, "ch_2")) == {}


def test_the_payment_of_another_invoice_is_not_added() -> None:
    assert holds(of_invoice("ch_1", 60), of_invoice("ch_2", 40, invoice="in_2")) == {}


def test_an_invoice_that_one_charge_paid_is_given_back_with_it() -> None:
    assert holds(of_invoice("ch_1", 100)) == {"refund:ch_1:100": ORDER}


def test_more_than_an_invoice_took_is_all_of_it() -> None:
    """What an authorization held beyond it was released; the reader takes it off, and more than all may be left."""
    assert holds(of_invoice("ch_1", 110)) == {"refund:ch_1:110": ORDER}


def test_of_one_charge_the_latest_report_says_that_everything_is_given_back() -> None:
    early, late = of_invoice("ch_1", 60, full=False), of_invoice("ch_1", 100)
    for facts in in_any_order(early, late):
        assert not is_given_back(facts, early)
        assert is_given_back(facts, late)
    assert holds(early, late) == {"refund:ch_1:100": ORDER}


# ------------------------------------------------------- by what was paid for


@pytest.mark.parametrize("concern", Concern)
def test_a_part_given_back_freezes_only_where_the_organization_says_so(concern: Concern) -> None:
    part = Refunded("ch_1", 40, False, False, MAY, concern, "in_1", 100)
    assert holds(part) == {}
    freezing = Refunded("ch_1", 40, False, True, MAY, concern, "in_1", 100)
    assert holds(freezing) == {"refund:ch_1:40": SUBSCRIPTION if concern is SUBSCRIPTION else ORDER}


def test_the_refund_of_a_proration_or_a_manual_invoice_is_one_of_a_part_however_full() -> None:
    proration = Refunded("ch_1", 137, True, False, MAY, PART, "in_3", 137)
    assert holds(proration) == {}
    [facts, *_] = in_any_order(proration)
    assert is_given_back(facts, proration)  # the charge was: the order was not


def test_the_refund_of_a_renewal_concerns_what_the_subscription_pays_for() -> None:
    assert holds(renewal_refunded(until=JULY)) == {"refund:ch_2:100": SUBSCRIPTION}


def test_the_hold_of_a_refunded_renewal_ends_when_a_later_period_is_paid() -> None:
    refund = renewal_refunded(until=JUNE)
    assert holds(refund, paid_until(JUNE)) == {"refund:ch_2:100": SUBSCRIPTION}
    assert holds(refund, paid_until(JUNE), paid_until(JULY, invoice="in_3")) == {}


def test_it_does_not_end_while_the_later_period_is_not_paid_and_not_by_an_earlier_one() -> None:
    assert holds(renewal_refunded(until=JUNE), paid_until(MAY)) == {"refund:ch_2:100": SUBSCRIPTION}


def test_the_refund_of_the_order_stays_whatever_period_is_paid_later() -> None:
    first = renewal_refunded(until=JUNE, concern=ORDER, invoice="in_1")
    assert holds(first, paid_until(JULY)) == {"refund:ch_2:100": ORDER}


def test_of_two_renewals_each_hold_ends_by_itself() -> None:
    may = renewal_refunded(until=MAY)
    june = Refunded("ch_3", 100, True, True, MAY, SUBSCRIPTION, "in_3", 100, JUNE)
    assert holds(may, june, paid_until(JUNE)) == {"refund:ch_3:100": SUBSCRIPTION}


def test_a_part_of_a_renewal_that_freezes_ends_likewise() -> None:
    part = renewal_refunded(until=JUNE, amount=40, freezes=True)
    assert holds(part) == {"refund:ch_2:40": SUBSCRIPTION}
    assert holds(part, paid_until(JULY)) == {}


def test_a_renewal_of_which_no_period_is_known_stays_held() -> None:
    assert holds(renewal_refunded(until=None), paid_until(JULY)) == {"refund:ch_2:100": SUBSCRIPTION}


@pytest.mark.parametrize(("amount", "extent"), [(100, "in full"), (40, "in part")])
def test_a_hold_says_how_much_was_given_back(amount: int, extent: str) -> None:
    [hold] = open_holds(with_facts({}, [renewal_refunded(until=JUNE, amount=amount, freezes=True)]))
    assert hold.reason == f"charge ch_2 was refunded {extent}"
