"""Facts are only ever added, in any order and any number of times, and always come to the same."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    Fact,
    Facts,
    Held,
    HoldLifted,
    LicenseFact,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionDeleted,
    is_paid,
    with_fact,
    with_facts,
)
from keystack.domain.holds import open_holds
from keystack.domain.licenses import License, Status, license_status
from keystack.domain.plan_kinds import PlanKind, has_duration

from unit.fact_strategies import BY_KIND, facts

LICENSES = [
    License("lic_1", "KEY", "pro", kind, 1, "li_1", 1, 0, duration_days=1 if has_duration(kind) else None)
    for kind in PlanKind
]
NOWS = (0, 31, 60, 100, 5_000, 86_400, 86_450, 86_600)


some = st.lists(facts, max_size=6)


def told_otherwise(told: list[Fact]) -> st.SearchStrategy[list[Fact]]:
    """The same facts in another order, any of them twice or more."""
    repeated = st.lists(st.sampled_from(told), max_size=4) if told else st.just([])
    return repeated.flatmap(lambda again: st.permutations(told + again))


histories: st.SearchStrategy[tuple[list[Fact], list[Fact]]] = some.flatmap(
    lambda told: st.tuples(st.just(told), told_otherwise(told))
)


def known(told: list[Fact]) -> Facts:
    return with_facts({}, told)


def status(facts: Facts, license: License, now: int) -> Status:
    """The status of a license, what persons decided about it among its own facts."""
    of_order = {name: fact for name, fact in facts.items() if isinstance(fact, get_args(OrderFact))}
    own = {name: fact for name, fact in facts.items() if isinstance(fact, get_args(LicenseFact))}
    assert {**of_order, **own} == facts
    return license_status(of_order, replace(license, facts=own), now)


@settings(max_examples=200)
@given(histories)
def test_any_order_with_any_duplicates_gives_the_same_facts_holds_and_statuses(
    history: tuple[list[Fact], list[Fact]],
) -> None:
    one, other = known(history[0]), known(history[1])
    assert one == other
    assert open_holds(one) == open_holds(other)
    for each in LICENSES:
        for now in NOWS:
            assert status(one, each, now) == status(other, each, now)


@given(facts, facts)
def test_two_facts_commute(one: Fact, other: Fact) -> None:
    assert known([one, other]) == known([other, one])


@given(some, some, some)
def test_joining_is_associative(a: list[Fact], b: list[Fact], c: list[Fact]) -> None:
    left = with_facts(with_facts(known(a), known(b).values()), known(c).values())
    right = with_facts(known(a), with_facts(known(b), known(c).values()).values())
    assert left == right


@given(st.lists(facts, min_size=1, max_size=6), st.data())
def test_a_fact_that_is_known_already_changes_nothing_and_copies_nothing(told: list[Fact], data: st.DataObject) -> None:
    once = known(told)
    assert with_fact(once, data.draw(st.sampled_from(told))) is once


@given(some, facts)
def test_facts_never_leave_and_the_old_ones_stay_as_they_were(told: list[Fact], new: Fact) -> None:
    before = known(told)
    copy = dict(before)
    after = with_fact(before, new)
    assert before == copy
    assert set(after) == {*before, new.id}


KINDS = {*get_args(OrderFact), *get_args(LicenseFact)}


def test_there_is_a_strategy_for_every_kind_of_fact() -> None:
    assert set(BY_KIND) == KINDS


@pytest.mark.parametrize("kind", BY_KIND)
@given(st.data())
def test_a_strategy_makes_the_kind_that_it_is_for(kind: type[Fact], data: st.DataObject) -> None:
    assert type(data.draw(BY_KIND[kind])) is kind


def test_every_kind_of_fact_has_ids_of_its_own() -> None:
    same = "x_1"
    told: list[Fact] = [
        AwaitingPayment(1), Paid(1), PaymentFailed(1), Refunded(same, 1, True, True, 1), RefundFailed(same, same, 1, 1),
        Disputed(same, same, 1), DisputeWon(same, 1), SubscriptionDeleted(same, 1, 1), Held(same, "ada", "", 1),
        HoldLifted(same, "ada", 1), Revoked("ada", "", 1),
    ]  # fmt: skip
    assert {type(fact) for fact in told} == KINDS
    assert len(known(told)) == len(told)


def test_two_partial_refunds_of_a_charge_are_two_facts() -> None:
    assert len(known([Refunded("ch_1", 40, False, False, 1), Refunded("ch_1", 60, False, False, 1)])) == 2


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (Paid(5), Paid(3), Paid(3)),
        (
            Refunded("ch", 9, False, True, 5),
            Refunded("ch", 9, True, False, 3),
            Refunded("ch", 9, True, True, 5),
        ),
        (SubscriptionDeleted("sub", 9, 5), SubscriptionDeleted("sub", 8, 6), SubscriptionDeleted("sub", 8, 5)),
    ],
)
def test_two_reports_of_one_fact_are_joined_not_replaced(one: Any, other: Any, joined: Any) -> None:
    assert known([one, other]) == known([other, one]) == {joined.id: joined}


def test_only_payment_makes_an_order_paid() -> None:
    assert is_paid(with_facts({}, [PaymentFailed(1), Paid(2)]))
    assert not is_paid(with_facts({}, [PaymentFailed(1)]))
