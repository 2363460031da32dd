"""Of each of Stripe's objects only the latest observation counts, in whatever order its observations come."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import Disputed, SubscriptionSeen
from keystack.domain.observations import answered, later, latest
from keystack.domain.subscriptions import SubscriptionState

from unit.billing_facts import item, seen, state
from unit.fact_strategies import SUBSCRIPTIONS, snapshots, subscriptions
from unit.fact_strategies import disputed as disputes

NOON = 43_200
one_second = subscriptions(st.just(NOON))
of_dispute = disputes(st.sampled_from([NOON, NOON + 1])).filter(lambda fact: fact.dispute == "dp_1")
observations = subscriptions() | one_second


def units(quantity: int) -> SubscriptionState:
    return state("active", item(quantity=quantity))


def snapshot(event: str, quantity: int, before: int | None = None, at: int = NOON) -> SubscriptionSeen:
    """What an event shows: so many units, and how many they were before it, if it tells that."""
    told = units(before).mark if before is not None else ""
    return seen("active", at, item(quantity=quantity), event=event, before=told)


def answer(quantity: int, number: int = 1, at: int = NOON) -> SubscriptionSeen:
    return seen("active", at, item(quantity=quantity), answer=number)


def quantity_of(*told: SubscriptionSeen) -> int:
    """How many units there are by the latest observation: the same whatever comes first."""
    found = set()
    for each in permutations(told):
        known = each[0]
        for other in each[1:]:
            known = later(known, other)
        found.add(known.state.items[0].quantity)
    assert len(found) == 1, found
    return found.pop()


# -------------------------------------------------------------------- the join


@given(observations, observations)
def test_two_observations_commute(one: SubscriptionSeen, other: SubscriptionSeen) -> None:
    assert later(one, other) == later(other, one)


@settings(max_examples=200)
@given(one_second, one_second, one_second)
def test_three_observations_of_one_second_are_joined_in_any_order(
    one: SubscriptionSeen, other: SubscriptionSeen, third: SubscriptionSeen
) -> None:
    assert later(later(one, other), third) == later(one, later(other, third)) == later(later(third, one), other)


@given(observations, observations, observations)
def test_three_observations_of_any_time_are_joined_in_any_order(
    one: SubscriptionSeen, other: SubscriptionSeen, third: SubscriptionSeen
) -> None:
    assert later(later(one, other), third) == later(one, later(other, third)) == later(later(third, one), other)


@given(observations, observations)
def test_what_is_known_already_changes_nothing(one: SubscriptionSeen, other: SubscriptionSeen) -> None:
    assert later(one, one) == one
    joined = later(one, other)
    assert later(joined, one) == later(joined, other) == later(joined, joined) == joined


@given(of_dispute, of_dispute, of_dispute)
def test_those_of_a_dispute_are_joined_likewise(one: Disputed, other: Disputed, third: Disputed) -> None:
    assert later(one, other) == later(other, one)
    assert later(later(one, other), third) == later(one, later(other, third))
    assert later(later(one, other), other) == later(one, other)


@given(st.lists(snapshots(SUBSCRIPTIONS), min_size=1, max_size=5))
def test_the_latest_of_several_is_one_of_them(told: list[SubscriptionState]) -> None:
    assert latest(told) in told


# ----------------------------------------------------------- which one is latest


@pytest.mark.parametrize("earlier", [snapshot("evt_9", 1, at=NOON), answer(1, 7)])
@pytest.mark.parametrize("after", [snapshot("evt_1", 2, at=NOON + 1), answer(2, at=NOON + 1)])
def test_what_was_seen_later_counts(earlier: SubscriptionSeen, after: SubscriptionSeen) -> None:
    assert quantity_of(earlier, after) == 2


def test_an_answer_of_stripes_beats_the_snapshots_of_its_second() -> None:
    assert quantity_of(snapshot("evt_8", 5), snapshot("evt_9", 12, before=5), answer(7)) == 7


def test_a_later_answer_of_the_same_second_beats_an_earlier_one() -> None:
    assert quantity_of(answer(12, 2), answer(5, 1), answer(7, 3)) == 7


def test_an_answer_loses_against_a_snapshot_of_a_later_second() -> None:
    assert quantity_of(answer(5, 9), snapshot("evt_1", 12, at=NOON + 1)) == 12


IDS = list(permutations(["evt_1", "evt_2", "evt_3"]))


@pytest.mark.parametrize(("first", "second", "third"), IDS)
def test_of_a_chain_within_one_second_the_last_link_counts_whatever_the_ids(
    first: str, second: str, third: str
) -> None:
    chain = snapshot(first, 5, before=1), snapshot(second, 12, before=5), snapshot(third, 7, before=12)
    assert quantity_of(*chain) == 7


@pytest.mark.parametrize(("first", "second", "third"), IDS)
def test_a_link_that_is_missing_in_the_middle_leaves_it_to_the_ids(first: str, second: str, third: str) -> None:
    ends = snapshot(first, 5, before=1), snapshot(third, 7, before=12)
    assert quantity_of(*ends) == (7 if third > first else 5)
    assert quantity_of(*ends, snapshot(second, 12, before=5)) == 7


def test_what_went_up_down_and_up_again_within_one_second_ends_where_its_chain_ends() -> None:
    told = snapshot("evt_3", 12, before=5), snapshot("evt_2", 5, before=12), snapshot("evt_1", 7, before=5)
    assert quantity_of(*told) == 7


def test_a_whole_circle_within_one_second_is_left_to_the_ids() -> None:
    assert quantity_of(snapshot("evt_1", 12, before=5), snapshot("evt_2", 5, before=12)) == 5
    assert quantity_of(snapshot("evt_2", 12, before=5), snapshot("evt_1", 5, before=12)) == 12


def test_two_that_tell_nothing_of_what_was_before_are_left_to_the_ids() -> None:
    assert quantity_of(snapshot("evt_1", 12), snapshot("evt_2", 5)) == 5
    assert quantity_of(snapshot("evt_2", 12), snapshot("evt_1", 5)) == 12


def test_of_disputes_too_the_one_that_no_other_follows_counts() -> None:
    taken = DisputeState(DisputeStatus.NEEDS_RESPONSE, event="evt_9")
    won = DisputeState(DisputeStatus.WON, event="evt_1", before=taken.mark)
    one, other = (Disputed("dp_1", "ch_1", NOON, states=(told,)) for told in (taken, won))
    assert later(one, other).state == later(other, one).state == won


# ------------------------------------------------------------------- of answers


@pytest.mark.parametrize(
    ("known", "asked_at", "expected"),
    [
        (None, NOON, (NOON, 1)),
        (snapshot("evt_1", 5, at=NOON - 1), NOON, (NOON, 1)),
        (snapshot("evt_1", 5), NOON, (NOON, 1)),
        (answer(5), NOON, (NOON, 2)),
        (answer(5, 2), NOON, (NOON, 3)),
        (answer(5, 2, at=NOON - 1), NOON, (NOON, 1)),
        (answer(5, 2, at=NOON + 3), NOON, (NOON + 3, 3)),  # our clock is behind
        (snapshot("evt_1", 5, at=NOON + 3), NOON, (NOON + 3, 1)),
    ],
)
def test_what_is_asked_after_something_was_read_is_later_than_it(
    known: SubscriptionSeen | None, asked_at: int, expected: tuple[int, int]
) -> None:
    at, number = answered(known, asked_at)
    assert (at, number) == expected
    if known is not None:
        assert quantity_of(known, answer(99, number, at)) == 99


def test_a_mark_tells_what_counts_and_leaves_out_whose_it_is() -> None:
    five = units(5)
    assert five.mark == state("active", item(quantity=5), since=7, event="evt_1", before="x", freezes=True).mark
    others = [
        units(6),
        state("past_due", item(quantity=5)),
        state("active", item(quantity=5), ends=9),
        state("active", item(quantity=5), trial_end=9),
        state("active", item(quantity=5), collection_paused=True),
        state("active", item(quantity=5), latest_invoice="in_1"),
        state("active", item(quantity=5), reason="payment_failed"),
        state("active", item(quantity=5, price="price_year")),
        state("active", item(quantity=5, end=9)),
        state("active", item(quantity=5), item("si_2")),
    ]
    marks = {each.mark for each in others}
    assert five.mark not in marks
    assert len(marks) == len(others)
