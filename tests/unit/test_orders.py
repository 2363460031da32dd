"""Each change of an order has exactly one audit entry, and its name."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystack.domain import recording
from keystack.domain.audit import Action, AuditEntry
from keystack.domain.billing import subscription_end, subscription_seen
from keystack.domain.facts import (
    AwaitingPayment,
    Held,
    HoldLifted,
    LicenseFact,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    Revoked,
    is_observation,
    with_fact,
    with_facts,
)
from keystack.domain.holds import open_holds
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Line, Settled
from keystack.domain.status import Status, expires_at, held_since, license_status

from unit.billing_facts import disputed, ended
from unit.fact_strategies import order_facts as facts

NOW = 10_000
AWARD = Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, 2)
ORDER = Order("acme", "cs_1", True, 5, settled=(Settled(Line("li_1", "price_1", None, 1), (AWARD,)),))

FULL = Refunded("ch_1", 100, full=True, freezes=True, at=9_000)
PARTIAL = Refunded("ch_1", 40, full=False, freezes=False, at=9_000)
FREEZING = replace(PARTIAL, freezes=True)
FAILED = RefundFailed("re_1", "ch_1", 100, at=9_100)
DISPUTED, WON = disputed("needs_response", 9_000), disputed("won", 9_500)
HELD, LIFTED_REFUND = Held("h_1", "ada", "fraud", 9_000), HoldLifted("refund:ch_1:100", "ada", 9_050)
REVOKED, ENDED = Revoked("ada", "fraud", 9_000), ended(NOW - 1, 9_000)


def licenses(order: Order, *decided: LicenseFact) -> list[License]:
    return [replace(license, facts=with_facts({}, decided)) for license, _ in licenses_of(order)]


def record_fact(order: Order, fact: OrderFact, now: int) -> tuple[Order, list[AuditEntry]]:
    return recording.record_fact(order, fact, licenses(order), now)


def record_facts(order: Order, facts: list[OrderFact], now: int) -> tuple[Order, list[AuditEntry]]:
    return recording.record_facts(order, facts, licenses(order), now)


@pytest.mark.parametrize(
    ("before", "fact", "action"),
    [
        ([], Paid(5), "order.created"),
        ([AwaitingPayment(4)], Paid(5), "order.created"),
        ([], AwaitingPayment(5), "order.pending"),
        ([], PaymentFailed(5), "order.payment_failed"),
        ([], FULL, "license.frozen"),
        ([], PARTIAL, "refund.partial"),
        ([], FREEZING, "license.frozen"),
        ([PARTIAL], FULL, "license.frozen"),
        ([FAILED], FULL, "refund.recorded"),
        ([HoldLifted("refund:ch_1:100", "ada", 1)], replace(FULL, amount=50), "refund.recorded"),
        ([FULL], FAILED, "license.reactivated"),
        ([FULL, HELD], FAILED, "hold.lifted"),
        ([], FAILED, "refund.failed"),
        ([], DISPUTED, "license.frozen"),
        ([DISPUTED], WON, "license.reactivated"),
        ([DISPUTED, FULL], WON, "hold.lifted"),
        ([], WON, "dispute.won"),
        ([], ended(NOW + 1, 9_000), "license.expiring"),
        ([], ended(NOW, 9_000), "license.expired"),
        # what persons decided, and what else was there already
        ([HELD], FULL, "refund.recorded"),
        ([HELD], FREEZING, "refund.partial"),
        ([DISPUTED], FULL, "refund.recorded"),
        ([FULL], DISPUTED, "dispute.recorded"),
        ([REVOKED], FULL, "refund.recorded"),
        ([REVOKED], DISPUTED, "dispute.recorded"),
        ([FULL, REVOKED], FAILED, "refund.failed"),
        ([DISPUTED, REVOKED], WON, "dispute.won"),
        ([FULL, ENDED], FAILED, "hold.lifted"),
        ([FULL, LIFTED_REFUND], FAILED, "hold.lifted"),
        ([ENDED], FULL, "license.frozen"),
        ([REVOKED], ended(NOW + 1, 9_000), "subscription.deleted"),
        ([REVOKED], ENDED, "subscription.deleted"),
        ([FULL], ENDED, "subscription.deleted"),
        ([FULL], ended(NOW + 1, 9_000), "subscription.deleted"),
    ],
)
def test_the_audit_log_names_what_changed(before: list[OrderFact | LicenseFact], fact: OrderFact, action: str) -> None:
    order, _ = record_facts(ORDER, [each for each in before if isinstance(each, get_args(OrderFact))], NOW)
    decided = licenses(order, *(each for each in before if isinstance(each, get_args(LicenseFact))))
    changed, entries = recording.record_fact(order, fact, decided, NOW)
    assert [(entry.action, entry.subject) for entry in entries] == [(action, "cs_1")]
    assert changed.facts == with_fact(order.facts, fact)


@pytest.mark.parametrize(
    ("before", "fact", "action"),
    [
        ([], FULL, "refund.recorded"),  # an authorization that is released
        ([], FREEZING, "refund.partial"),
        ([], DISPUTED, "dispute.recorded"),
        ([FULL], FAILED, "refund.failed"),
        ([DISPUTED], WON, "dispute.won"),
        ([], ENDED, "subscription.deleted"),
        ([], ended(NOW + 1, 9_000), "subscription.deleted"),
    ],
)
def test_nothing_is_said_of_a_license_where_there_is_none(
    before: list[OrderFact], fact: OrderFact, action: str
) -> None:
    order, _ = record_facts(replace(ORDER, settled=()), before, NOW)
    assert [entry.action for entry in record_fact(order, fact, NOW)[1]] == [action]


def test_of_several_licenses_one_that_changes_gives_the_word() -> None:
    kept, revoked = licenses(ORDER)[0], licenses(ORDER, REVOKED)[1]
    frozen, entries = recording.record_fact(ORDER, FULL, [kept, revoked], NOW)
    _, more = recording.record_fact(frozen, FAILED, [kept, revoked], NOW)
    assert [entry.action for entry in entries + more] == ["license.frozen", "license.reactivated"]


def test_a_deletion_expires_nothing_where_only_perpetual_licenses_were_bought() -> None:
    perpetual = replace(ORDER, settled=(Settled(ORDER.settled[0].line, (replace(AWARD, kind=PlanKind.PERPETUAL),)),))
    _, entries = record_fact(perpetual, ended(NOW, 9_000), NOW)
    assert [entry.action for entry in entries] == ["subscription.deleted"]


EXPECTED = (None, ("active", False), ("trialing", False))  # of a subscription: nobody has to be told
NOWS = (0, 31, 60, 61, 100, 1_000, 5_000, NOW)


def follows(order: Order) -> object:
    seen = subscription_seen(order.facts)
    stands = (seen.state.status, seen.state.collection_paused) if seen else None
    holds = {(hold.id, hold.since <= NOW) for hold in open_holds(order.facts)}
    ends = {subscription_end(order.facts), *(expires_at(order, each) for each in licenses(order))}
    return holds, ends, None if stands in EXPECTED else stands


def statuses(order: Order) -> list[Status]:
    return [license_status(order, each, now) for each in licenses(order) for now in NOWS]


@settings(max_examples=200)
@given(st.lists(facts, max_size=8))
def test_there_is_one_entry_for_each_change_and_none_without(told: list[OrderFact]) -> None:
    order = ORDER
    ids: list[str] = []
    for fact in told:
        changed, entries = record_fact(order, fact, NOW)
        new = fact.id not in order.facts and not is_observation(fact)
        matters = follows(changed) != follows(order)  # a second, more precise report may change nothing that counts
        assert len(entries) == (new or matters)
        assert changed is order or changed.facts != order.facts
        order, ids = changed, [*ids, *(entry.id for entry in entries)]
    assert len(set(ids)) == len(ids)
    for fact in told:
        assert record_fact(order, fact, NOW + 99) == (order, [])


WORDS = {
    ("active", "frozen"): "license.frozen",
    ("expired", "frozen"): "license.frozen",
    ("frozen", "active"): "license.reactivated",
    ("expired", "active"): "license.reactivated",
    ("active", "expired"): "license.expired",
}


@settings(max_examples=200)
@given(st.lists(facts, max_size=8))
def test_no_status_changes_without_the_entry_that_names_it(told: list[OrderFact]) -> None:
    order, expired_before = ORDER, False
    for fact in told:
        changed, entries = record_fact(order, fact, NOW)
        [before, after] = (license_status(each, licenses(each)[0], NOW) for each in (order, changed))
        words = [str(entry.action) for entry in entries]
        said = {word for word in words if word in WORDS.values()}
        if (before, after) == ("active", "expired") and expired_before:
            assert len(words) == 1  # the same end is in the log already
        elif (before, after) in WORDS:
            assert words == [WORDS[before, after]] or fact.id == "paid"
        else:
            assert not said
            assert before is after or words  # an end that was hidden by a hold
        order, expired_before = changed, expired_before or after == "expired"


one_each = st.lists(facts.filter(lambda fact: not is_observation(fact)), max_size=6, unique_by=lambda fact: fact.id)


@given(one_each, st.integers(NOW, NOW + 9))
def test_the_entry_of_a_fact_has_the_same_id_whenever_and_wherever_it_is_recorded(
    told: list[OrderFact], now: int
) -> None:
    ids = {entry.id for entry in record_facts(ORDER, told, NOW)[1]}
    again = {entry.id for fact in reversed(told) for entry in record_fact(ORDER, fact, now)[1]}
    assert ids == again
    assert len(ids) == len(told)


@pytest.mark.parametrize("other", [replace(ORDER, org="bcme"), replace(ORDER, id="cs_2")])
def test_two_orders_entries_never_share_an_id(other: Order) -> None:
    assert record_fact(other, FULL, NOW)[1][0].id != record_fact(ORDER, FULL, NOW)[1][0].id


def test_a_later_report_from_which_something_follows_is_a_change_of_its_own() -> None:
    order, first = record_fact(ORDER, PARTIAL, NOW)
    _, second = record_fact(order, FREEZING, NOW)
    assert [entry.action for entry in first + second] == ["refund.partial", "license.frozen"]
    assert first[0].id != second[0].id


def test_a_refund_that_fails_and_is_made_again_has_an_entry_each_time() -> None:
    order, entries = record_fact(ORDER, FULL, NOW)
    for change in (FAILED, replace(FULL, at=9_900), replace(FAILED, refund="re_2", at=9_900), replace(FULL, at=9_999)):
        order, new = record_fact(order, change, NOW)
        entries += new
    lifted, frozen = "license.reactivated", "license.frozen"
    assert [entry.action for entry in entries] == [frozen, lifted, frozen, lifted, frozen]
    assert len({entry.id for entry in entries}) == len(entries)


def test_a_second_report_from_which_nothing_follows_is_kept_and_not_told() -> None:
    order, _ = record_fact(ORDER, PARTIAL, NOW)
    again, entries = record_fact(order, replace(PARTIAL, at=9_500), NOW)
    assert again.facts[PARTIAL.id].at == 9_500
    assert entries == []


def test_an_order_is_created_once_even_if_an_earlier_report_of_its_payment_comes_later() -> None:
    paid, first = record_fact(ORDER, Paid(9), NOW)
    _, second = record_fact(paid, Paid(8), NOW)
    assert [entry.action for entry in first + second].count(Action.ORDER_CREATED) == 1


def test_payment_is_told_first_then_the_rest_by_time() -> None:
    _, entries = record_facts(ORDER, [WON, DISPUTED, Paid(9_999)], NOW)
    assert [entry.action for entry in entries] == ["order.created", "license.frozen", "license.reactivated"]


def test_an_order_is_held_since_its_oldest_open_hold_and_only_if_it_has_licenses() -> None:
    frozen, _ = record_facts(ORDER, [DISPUTED, replace(FULL, at=8_000)], NOW)
    assert held_since(frozen) == 8_000
    assert held_since(replace(frozen, settled=())) is None
    assert held_since(ORDER) is None
