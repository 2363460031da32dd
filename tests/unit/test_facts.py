"""Facts are only ever added, in any order and any number of times, and always come to the same."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    Disputed,
    Fact,
    Facts,
    FirstInvoice,
    Held,
    HoldLifted,
    LicenseFact,
    LicenseFacts,
    OrderFact,
    OrderFacts,
    Paid,
    PaymentFailed,
    PaymentMissed,
    PeriodPaid,
    Refunded,
    RefundFailed,
    Revoked,
    SubscriptionSeen,
    is_paid,
    is_pending,
    with_fact,
    with_facts,
)
from keystack.domain.holds import open_holds
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind, has_duration
from keystack.domain.plans import Award, Current, Line, Settled
from keystack.domain.status import (
    changes_by_time,
    expires_at,
    held_since,
    license_billing,
    license_holds,
    license_status,
    next_change,
)
from keystack.domain.subscriptions import SubscriptionStatus

from unit.billing_facts import paid_until, seen, state
from unit.fact_strategies import BY_KIND, facts

AWARDS = [
    Award("pro", kind, 1 if has_duration(kind) else None, "KEY", 1, count, grant)
    for grant, (kind, count) in enumerate(zip(PlanKind, (1, 2, 1), strict=True))
]
# One line that a subscription pays for, one that was changed to less, and one that none pays for.
LINES = (
    Settled(Line("li_1", "price_1", None, 1, True), tuple(AWARDS), "si_1"),
    Settled(
        Line("li_2", "price_2", None, 2, True),
        tuple(AWARDS),
        "si_2",
        Current("price_3", 1, (replace(AWARDS[1], count=1),), since=50),
    ),
    Settled(Line("li_3", "price_4", None, 1, False), tuple(AWARDS)),
)
NOWS = (0, 31, 60, 100, 5_000, 86_400, 86_450, 86_600)


ORDER = Order("acme", "cs_1", livemode=True, created_at=0, settled=LINES)
LICENSES = [license for license, _ in licenses_of(ORDER)]
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


def split(facts: Facts) -> tuple[OrderFacts, LicenseFacts]:
    """What is known of the order, and what persons decided about a license."""
    of_order = {name: fact for name, fact in facts.items() if isinstance(fact, get_args(OrderFact))}
    own = {name: fact for name, fact in facts.items() if isinstance(fact, get_args(LicenseFact))}
    assert {**of_order, **own} == facts
    return of_order, own


def folded(facts: Facts) -> list[object]:
    """All that follows from facts: of the order, and of each license at each time."""
    of_order, own = split(facts)
    order = replace(ORDER, facts=of_order)
    found: list[object] = [open_holds(facts), held_since(order), changes_by_time(order), next_change(order)]
    for each in (replace(license, facts=own) for license in LICENSES):
        found += [expires_at(order, each), license_holds(order, each), license_billing(order, each)]
        found += [license_status(order, each, now) for now in NOWS]
    return found


@settings(max_examples=200)
@given(histories)
def test_any_order_with_any_duplicates_gives_the_same_facts_holds_ends_and_statuses(
    history: tuple[list[Fact], list[Fact]],
) -> None:
    one, other = known(history[0]), known(history[1])
    assert one == other
    assert folded(one) == folded(other)


@given(histories)
def test_facts_that_are_stored_in_another_order_tell_the_same(history: tuple[list[Fact], list[Fact]]) -> None:
    """A map keeps no order: what follows depends on none."""
    facts = known(history[0])
    assert folded(dict(sorted(facts.items()))) == folded(dict(sorted(facts.items(), reverse=True)))


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


TRIALING = SubscriptionStatus.TRIALING
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
        Disputed(same, same, 1), SubscriptionSeen(same, 1, 0, (state(),)), PeriodPaid(same, 1, same, 1),
        PaymentMissed(same, 1), FirstInvoice(same, (), 1), Held(same, "ada", "", 1), HoldLifted(same, "ada", 1),
        Revoked("ada", "", 1),
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
        (Paid(5, TRIALING), Paid(3), Paid(3, TRIALING)),
        (
            Refunded("ch", 9, True, True, 5, Concern.SUBSCRIPTION, "in_2", 9, 70),
            Refunded("ch", 9, True, True, 5, Concern.ORDER),
            Refunded("ch", 9, True, True, 5, Concern.ORDER, "in_2", 9, 70),
        ),
        (paid_until(90, at=3), paid_until(60, at=9), paid_until(90, at=3)),
        (paid_until(90, at=9), paid_until(60, at=3), paid_until(90, at=9)),
        (paid_until(90, at=3), paid_until(90, at=2), paid_until(90, at=2)),
        (PaymentMissed("in_2", 3), PaymentMissed("in_1", 5), PaymentMissed("in_1", 5)),
        (FirstInvoice("in_1", (), 3), FirstInvoice("in_1", (("si_1", "price"),), 9), FirstInvoice("in_1", (), 3)),
    ],
)
def test_two_reports_of_one_fact_are_joined_not_replaced(one: Any, other: Any, joined: Any) -> None:
    assert known([one, other]) == known([other, one]) == {joined.id: joined}


@pytest.mark.parametrize(
    ("told", "paid", "pending"),
    [
        ([], False, False),
        ([AwaitingPayment(1)], False, True),
        ([PaymentFailed(1)], False, True),  # what failed may be tried again
        ([AwaitingPayment(1), PaymentFailed(2), Paid(3)], True, False),
        ([PaymentFailed(3), Paid(2)], True, False),
        ([seen("active", 1), paid_until(9)], False, False),
    ],
)
def test_only_payment_makes_an_order_paid_and_until_then_it_may_be(
    told: list[OrderFact], paid: bool, pending: bool
) -> None:
    facts = with_facts({}, told)
    assert (is_paid(facts), is_pending(facts)) == (paid, pending)
