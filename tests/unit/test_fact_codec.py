"""Facts as they are stored: what is read is what was written, and what earlier versions wrote is what it is now."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.billing import billing, subscription_end
from keystack.domain.disputes import DisputeState, DisputeStatus
from keystack.domain.facts import (
    Concern,
    Disputed,
    Fact,
    Facts,
    FirstInvoice,
    LicenseFact,
    OrderFact,
    Paid,
    Refunded,
    RefundFailed,
    SubscriptionSeen,
    with_facts,
)
from keystack.domain.holds import open_holds
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus
from keystack.storage.attributes import from_item, to_item
from keystack.storage.licenses.fact_codec import facts_to_map, license_facts_from, order_facts_from

from unit.billing_facts import ended, paid_until, seen
from unit.fact_strategies import OF_LICENSES, OF_ORDERS

MAY, JUNE = 1_000, 2_000
order_facts: st.SearchStrategy[OrderFact] = st.one_of(*OF_ORDERS.values())
license_facts: st.SearchStrategy[LicenseFact] = st.one_of(*OF_LICENSES.values())


def stored(facts: Facts) -> dict[str, Any]:
    """As DynamoDB gives them back."""
    return dict(from_item(to_item({"facts": facts_to_map(facts)}))["facts"])


def read(*values: dict[str, Any]) -> Facts:
    """What is read of values that an earlier version stored, in any order."""
    one = order_facts_from({str(number): value for number, value in enumerate(values)})
    other = order_facts_from({str(number): value for number, value in enumerate(reversed(values))})
    assert one == other
    return one


@given(st.lists(order_facts, max_size=8))
def test_what_is_known_of_an_order_is_read_as_it_was_written(told: list[OrderFact]) -> None:
    facts = with_facts({}, told)
    read_back = order_facts_from(stored(facts))
    assert read_back == facts
    assert repr(sorted(read_back.items())) == repr(sorted(facts.items()))  # of the same types, all the way down


@given(st.lists(license_facts, max_size=6))
def test_so_is_what_persons_decided_about_a_license(told: list[LicenseFact]) -> None:
    facts = with_facts({}, told)
    assert license_facts_from(stored(facts)) == facts


@given(st.lists(order_facts, max_size=4))
def test_a_fact_is_stored_as_plain_values_without_empty_ones(told: list[OrderFact]) -> None:
    text = json.dumps(facts_to_map(with_facts({}, told)))
    assert "null" not in text


@pytest.mark.parametrize("missing", [None, {}])
def test_where_nothing_is_stored_nothing_is_known(missing: dict[str, Any] | None) -> None:
    assert (order_facts_from(missing), license_facts_from(missing)) == ({}, {})


def test_a_fact_is_stored_under_its_id_with_the_name_of_its_class() -> None:
    [(identity, values)] = facts_to_map(with_facts({}, [paid_until(JUNE)])).items()
    assert identity == "paid_until:si_1"
    assert values == {"fact": "PeriodPaid", "item": "si_1", "until": JUNE, "invoice": "in_1", "at": 1}


def test_a_subscription_is_stored_whole() -> None:
    state = SubscriptionState(
        SubscriptionStatus.PAST_DUE,
        (Item("si_1", "price_1", None, 3, JUNE), Item("si_2", "price_2", "prod_2", 1, JUNE)),
        ends=JUNE,
        collection_paused=True,
        latest_invoice="in_1",
        latest_is_paid=False,
    )
    fact = SubscriptionSeen("sub_1", MAY, 2, (state,))
    assert order_facts_from(stored({fact.id: fact})) == {fact.id: fact}


# ------------------------------------------------------------- earlier versions


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        ({"fact": "Paid", "at": MAY}, Paid(MAY)),
        (
            {"fact": "Refunded", "charge": "ch_1", "amount": 40, "full": False, "freezes": True, "at": MAY},
            Refunded("ch_1", 40, False, True, MAY, Concern.ORDER),
        ),
        (
            {"fact": "RefundFailed", "refund": "re_1", "charge": "ch_1", "amount": 40, "at": MAY},
            RefundFailed("re_1", "ch_1", 40, MAY, canceled=False),
        ),
        (
            {"fact": "Disputed", "dispute": "dp_1", "charge": "ch_1", "at": MAY},
            Disputed("dp_1", "ch_1", MAY, 0, (DisputeState(DisputeStatus.NEEDS_RESPONSE, since=MAY),)),
        ),
        (
            {"fact": "FirstInvoice", "invoice": "in_1", "items": [["si_1", "price_1"]], "at": MAY},
            FirstInvoice("in_1", (("si_1", "price_1"),), MAY),
        ),
    ],
)
def test_what_did_not_say_as_much_is_read_all_the_same(values: dict[str, Any], fact: Fact) -> None:
    assert read(values) == {fact.id: fact}


OPENED = {"fact": "Disputed", "dispute": "dp_1", "charge": "ch_1", "at": MAY}


def test_a_dispute_that_was_opened_still_freezes() -> None:
    [hold] = open_holds(read(OPENED))
    assert (hold.id, hold.since, hold.reason) == ("dispute:dp_1", MAY, "charge ch_1 is disputed (dp_1)")


@pytest.mark.parametrize("at", [MAY, MAY + 1, JUNE])
def test_a_dispute_that_was_won_still_does_not(at: int) -> None:
    won = {"fact": "DisputeWon", "dispute": "dp_1", "at": at}
    facts = read(OPENED, won)
    assert open_holds(facts) == ()
    [fact] = facts.values()
    assert isinstance(fact, Disputed)
    assert (fact.state.status, fact.charge) == (DisputeStatus.WON, "ch_1")


def test_a_dispute_of_which_only_the_winning_was_heard_names_no_charge() -> None:
    [fact] = read({"fact": "DisputeWon", "dispute": "dp_1", "at": MAY}).values()
    assert isinstance(fact, Disputed)
    assert (fact.state.status, fact.charge) == (DisputeStatus.WON, "")


def test_a_dispute_that_was_won_and_is_lost_later_freezes() -> None:
    facts = read(OPENED, {"fact": "DisputeWon", "dispute": "dp_1", "at": JUNE})
    lost = Disputed("dp_1", "ch_1", JUNE + 1, states=(DisputeState(DisputeStatus.LOST, since=JUNE + 1),))
    assert [hold.id for hold in open_holds(with_facts(facts, [lost]))] == ["dispute:dp_1"]


DELETED = {"fact": "SubscriptionDeleted", "subscription": "sub_1", "expires_at": JUNE, "at": MAY}


def test_a_subscription_that_was_deleted_ends_when_it_was_said_to() -> None:
    facts = read(DELETED)
    assert subscription_end(facts) == subscription_end(facts, "si_1") == JUNE
    told = billing(facts)
    assert told is not None
    assert (told.state, told.paid_through, told.cancels_at) == ("canceled", None, JUNE)


def test_what_is_heard_of_it_later_counts_more() -> None:
    replayed = ended(MAY, JUNE)
    assert subscription_end(with_facts(read(DELETED), [replayed, paid_until(JUNE + 5)])) == JUNE + 5
    assert subscription_end(with_facts(read(DELETED), [seen("active", MAY - 1)])) == JUNE
