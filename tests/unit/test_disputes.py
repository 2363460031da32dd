"""Every status of a dispute: whether the customer has the money back, for now or for good."""

from itertools import permutations

import pytest
from keystack.domain.disputes import DisputeStatus
from keystack.domain.facts import Concern, Disputed, Fact, with_facts
from keystack.domain.holds import Hold, HoldKind, open_holds

from unit.billing_facts import disputed, paid_until, took_money

MAY, JUNE, JULY = 1_000, 2_000, 3_000
HOLDING = ("needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review")
HARMLESS = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "charge_refunded",  # the refund speaks for itself
    "prevented",
    "won",
)


def holds(*told: Fact) -> set[str]:
    """The open holds: the same whatever order they are told in."""
    found = {frozenset(hold.id for hold in open_holds(with_facts({}, each))) for each in permutations(told)}
    assert len(found) == 1, found
    return set(found.pop())


def path(*statuses: str) -> list[Disputed]:
    """One dispute that goes through these statuses."""
    return [disputed(status, MAY + place) for place, status in enumerate(statuses)]


def test_every_status_is_judged_here() -> None:
    assert {*HOLDING, *HARMLESS} == set(DisputeStatus)
    assert not set(HOLDING) & set(HARMLESS)


@pytest.mark.parametrize("status", HOLDING)
def test_while_the_customer_may_keep_the_money_the_license_is_frozen(status: str) -> None:
    why = "charge ch_1 is disputed (dp_1)"
    assert open_holds(with_facts({}, [disputed(status, MAY)])) == (Hold("dispute:dp_1", HoldKind.DISPUTE, why, MAY),)


@pytest.mark.parametrize("status", HARMLESS)
def test_an_inquiry_and_what_ended_well_hold_nothing(status: str) -> None:
    assert holds(disputed(status, MAY)) == set()


@pytest.mark.parametrize(("took", "expected"), [(True, {"dispute:dp_1"}), (False, set())])
def test_a_prevented_dispute_holds_only_if_it_took_money(took: bool, expected: set[str]) -> None:
    assert holds(took_money("prevented", MAY, took)) == expected


@pytest.mark.parametrize("status", [each for each in DisputeStatus if each not in HOLDING and each != "prevented"])
def test_what_ended_well_holds_nothing_whatever_its_balance_was(status: str) -> None:
    assert holds(took_money(status, MAY)) == set()


@pytest.mark.parametrize("status", DisputeStatus)
def test_money_that_was_reinstated_lifts_whatever_the_status(status: str) -> None:
    assert holds(took_money(status, MAY, took=False, reinstated=True)) == set()


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["warning_needs_response", "warning_under_review", "warning_closed"], set()),
        (["warning_needs_response", "needs_response"], {"dispute:dp_1"}),  # escalated
        (["warning_closed", "needs_response", "won"], set()),
        (["needs_response", "under_review"], {"dispute:dp_1"}),
        (["needs_response", "under_review", "won"], set()),
        (["needs_response", "under_review", "lost"], {"dispute:dp_1"}),
        (["needs_response", "lost", "won"], set()),  # by arbitration
        (["needs_response", "won", "lost"], {"dispute:dp_1"}),
        (["needs_response", "lost", "appeal_needs_response", "appeal_under_review"], {"dispute:dp_1"}),
        (["lost", "appeal_under_review", "won"], set()),
        (["won", "appeal_needs_response"], {"dispute:dp_1"}),
        (["needs_response", "prevented"], set()),
        (["needs_response", "charge_refunded"], set()),
    ],
)
def test_the_latest_outcome_counts_in_any_order_of_arrival(statuses: list[str], expected: set[str]) -> None:
    assert holds(*path(*statuses)) == expected


def test_a_hold_lasts_since_the_dispute_was_first_seen_so() -> None:
    later = disputed("needs_response", JUNE)
    [hold] = open_holds(with_facts({}, [later]))
    assert hold.since == JUNE
    unknown = Disputed("dp_1", "ch_1", JUNE)  # nobody said since when
    assert [hold.since for hold in open_holds(with_facts({}, [unknown]))] == [JUNE]


def of_renewal(until: int | None, status: str = "needs_response") -> Disputed:
    return disputed(status, MAY, concern=Concern.SUBSCRIPTION, paid_until=until)


def test_the_dispute_of_a_renewal_concerns_the_subscription_until_a_later_period_is_paid() -> None:
    [hold] = open_holds(with_facts({}, [of_renewal(JUNE)]))
    assert hold.concern is Concern.SUBSCRIPTION
    assert holds(of_renewal(JUNE), paid_until(JUNE)) == {"dispute:dp_1"}
    assert holds(of_renewal(JUNE), paid_until(JULY)) == set()
    assert holds(of_renewal(None), paid_until(JULY)) == {"dispute:dp_1"}


def test_the_dispute_of_the_orders_own_payment_stays_whatever_is_paid_later() -> None:
    assert holds(disputed("lost", MAY, paid_until=JUNE), paid_until(JULY)) == {"dispute:dp_1"}


@pytest.mark.parametrize(("freezes", "expected"), [(False, []), (True, [Concern.ORDER])])
def test_the_dispute_of_a_proration_is_one_of_a_part(freezes: bool, expected: list[Concern]) -> None:
    part = disputed("needs_response", MAY, concern=Concern.PART, freezes=freezes)
    assert [hold.concern for hold in open_holds(with_facts({}, [part]))] == expected
