"""Which holds are open follows from the facts alone."""

from itertools import permutations

import pytest
from keystack.domain.facts import (
    Disputed,
    Fact,
    Held,
    HoldLifted,
    Refunded,
    RefundFailed,
    with_facts,
)
from keystack.domain.holds import Hold, HoldKind, open_holds
from keystack.domain.refunds import SAME_MOMENT

from unit.billing_facts import disputed


def full(charge: str = "ch_1", amount: int = 100, at: int = 1_000) -> Refunded:
    return Refunded(charge, amount, full=True, freezes=True, at=at)


def partial(amount: int, at: int = 1_000, freezes: bool = False) -> Refunded:
    return Refunded("ch_1", amount, full=False, freezes=freezes, at=at)


def failed(refund: str = "re_1", charge: str = "ch_1", amount: int = 100, at: int = 1_100) -> RefundFailed:
    return RefundFailed(refund, charge, amount, at)


def holds(*told: Fact) -> set[str]:
    """The open holds: the same whatever order they are told in."""
    found = {frozenset(hold.id for hold in open_holds(with_facts({}, each))) for each in permutations(told)}
    assert len(found) == 1, found
    return set(found.pop())


def test_a_full_refund_freezes_and_says_why_and_since_when() -> None:
    assert open_holds(with_facts({}, [full()])) == (
        Hold("refund:ch_1:100", HoldKind.REFUND, "charge ch_1 was refunded in full", 1_000),
    )


def test_a_partial_refund_does_not_freeze() -> None:
    assert holds(partial(40)) == set()


def test_a_partial_refund_freezes_where_the_organization_says_so() -> None:
    assert holds(partial(40, freezes=True)) == {"refund:ch_1:40"}


def test_a_refund_that_failed_no_longer_freezes() -> None:
    assert holds(full(), failed()) == set()


@pytest.mark.parametrize("amount", [40, 60])
def test_the_failure_of_either_of_two_refunds_that_together_were_full_lifts(amount: int) -> None:
    assert holds(partial(40), full(at=1_050), failed(amount=amount)) == set()


def test_while_one_of_two_refunds_stands_a_partial_hold_stays() -> None:
    told: list[Fact] = [partial(20, freezes=True), partial(40, at=1_050, freezes=True), failed(amount=20)]
    assert holds(*told)
    assert holds(*told, failed("re_2", amount=20)) == set()


def test_the_failure_of_a_later_refund_leaves_the_hold_of_an_earlier_partial_one() -> None:
    assert holds(partial(40, freezes=True), partial(100, at=1_050, freezes=True), failed(amount=60)) == {
        "refund:ch_1:40"
    }


def test_a_failure_that_is_stamped_a_moment_before_its_refund_still_lifts() -> None:
    assert SAME_MOMENT == 60
    assert holds(full(), failed(at=1_000 - 60)) == set()


def test_a_full_refund_long_after_a_failed_partial_one_still_freezes() -> None:
    assert holds(partial(40, at=500), failed(amount=40, at=1_000 - SAME_MOMENT - 1), full()) == {"refund:ch_1:100"}


def test_refunded_again_after_a_failure_freezes_again() -> None:
    assert holds(full(), failed(), full(at=1_100 + SAME_MOMENT + 1)) == {"refund:ch_1:100"}


def test_a_won_dispute_no_longer_freezes() -> None:
    assert holds(disputed("needs_response", 1_000)) == {"dispute:dp_1"}
    assert holds(disputed("needs_response", 1_000), disputed("won", 9_000)) == set()


def test_winning_one_dispute_leaves_another_open() -> None:
    told: list[Fact] = [
        disputed("needs_response", 1),
        disputed("needs_response", 2, dispute="dp_10"),
        disputed("won", 3),
    ]
    assert holds(*told) == {"dispute:dp_10"}


def test_a_refund_that_failed_does_not_lift_a_dispute() -> None:
    assert holds(full(), Disputed("dp_1", "ch_1", 1_000), failed()) == {"dispute:dp_1"}


def test_a_person_holds_and_lifts() -> None:
    held = Held("h_1", "ada", "chargeback fraud", 5)
    assert open_holds(with_facts({}, [held])) == (Hold("h_1", HoldKind.PERSON, "chargeback fraud", 5),)
    assert holds(held, HoldLifted("h_1", "bob", 6)) == set()


def test_a_person_who_gives_no_reason_is_named() -> None:
    (hold,) = open_holds(with_facts({}, [Held("h_1", "ada", "", 5)]))
    assert "ada" in hold.reason


def test_a_persons_lift_covers_the_smaller_refunds_of_the_charge() -> None:
    assert holds(partial(40, freezes=True), full(), HoldLifted("refund:ch_1:100", "ada", 2_000)) == set()


def test_a_persons_lift_does_not_cover_a_larger_refund() -> None:
    told: list[Fact] = [partial(40, freezes=True), full(), HoldLifted("refund:ch_1:40", "ada", 2_000)]
    assert holds(*told) == {"refund:ch_1:100"}


def test_a_replay_does_not_open_again_what_a_person_lifted() -> None:
    told: list[Fact] = [full(), HoldLifted("refund:ch_1:100", "ada", 2_000), full(), full(at=3_000)]
    assert holds(*told) == set()


@pytest.mark.parametrize(("mine", "other"), [("ch_1", "ch_10"), ("ch_10", "ch_1"), ("ch_1", "ch_1_1")])
def test_two_charges_are_independent_even_if_one_id_begins_with_the_other(mine: str, other: str) -> None:
    both: list[Fact] = [full(mine), full(other)]
    assert holds(*both, HoldLifted(f"refund:{mine}:100", "ada", 2_000)) == {f"refund:{other}:100"}
    assert holds(*both, failed(charge=mine)) == {f"refund:{other}:100"}


def test_the_oldest_hold_comes_first() -> None:
    told: list[Fact] = [full(at=30), Disputed("dp_1", "ch_1", 20), Held("h_1", "ada", "", 10)]
    assert [hold.since for hold in open_holds(with_facts({}, told))] == [10, 20, 30]
