"""Purchases whose order is on record, or waits for its payment: what is known, what waits, and where it is found."""

from dataclasses import replace

import pytest
from keystack.domain.facts import AwaitingPayment, OrderFact, Paid, PaymentFailed
from keystack.domain.following import must_be_asked
from keystack.domain.minting import Known, Minting, Purchase, decide_minting
from keystack.domain.orders import Order
from keystack.domain.plans import MAX_LICENSES, Line, settle_issued
from keystack.domain.subscriptions import SubscriptionStatus
from keystack.errors import ActionNeededError, RetryLaterError

from unit.billing_facts import ended, item, paid_until, seen
from unit.subscribed import MAPPINGS, NOW, PAID_AT, PLANS, SESSION, STUB, Shop, bought

ACTIVE = SubscriptionStatus.ACTIVE
WAITING, LATE = AwaitingPayment(900), bought("price_late", identity="li_late")


def decided(purchase: Purchase, order: Order | None = None, **known: object) -> Minting:
    stored = Known(order=order, mappings=MAPPINGS, plans=PLANS, **known)  # type: ignore[arg-type]
    return decide_minting(purchase, stored, iter(range(1, 99)), NOW)


# --------------------------------------------------------------------- on record


def test_what_is_about_an_order_that_is_not_there_yet_is_tried_again() -> None:
    with pytest.raises(RetryLaterError, match="order cs_1 is referenced and not there yet"):
        decided(Purchase(STUB, (seen("active", 2_000),), is_on_record=True))


def test_what_is_of_the_other_mode_changes_nothing() -> None:
    test = Purchase(replace(STUB, livemode=False), (seen("active", 2_000),), is_on_record=True)
    with pytest.raises(ActionNeededError, match="of different modes"):
        decided(test, SESSION)


def test_of_an_order_on_record_all_but_the_new_facts_stays_as_it_was() -> None:
    shop = Shop().subscribed(bought("price_month"))
    after = shop.sees(paid_until(9_000))
    assert replace(after.order, facts={}) == replace(shop.order, facts={})
    assert after.order.facts.keys() - shop.order.facts.keys() == {"paid_until:si_1"}
    assert (after.actions, after.last and after.last.licenses) == ([], ())


def test_facts_that_come_together_are_told_from_the_payment_on() -> None:
    together: tuple[OrderFact, ...] = (ended(1_200, 1_200), Paid(PAID_AT, ACTIVE), paid_until(1_100))
    minting = decided(Purchase(SESSION, together, (bought("price_month"),)))
    assert [str(entry.action) for entry in minting.entries] == ["order.created", "license.expired"]


# ------------------------------------------------------------------ that wait


def test_lines_that_could_not_be_settled_wait_with_the_order_until_they_are() -> None:
    lines = bought("price_month"), LATE
    shop = Shop().sells(*lines)
    assert shop.order.waiting == (LATE,)
    assert shop.sees(paid_until(9_000)).order.waiting == (LATE,)
    mapped = replace(shop.known, mappings={**MAPPINGS, "price_late": MAPPINGS["price_year"]})
    done = Shop(mapped).sells(*lines)
    assert (done.order.waiting, len(done.keys)) == ((), 2)


def test_lines_of_an_order_that_the_api_issued_do_not_wait() -> None:
    call = Purchase(SESSION, (Paid(NOW),), issued=settle_issued(PLANS["month"], 1, None), key="key_1")
    shop = Shop().decides(call).sells(bought("price_month"), LATE)
    assert (shop.order.waiting, len(shop.keys), shop.waiting) == ((), 1, [])


# ---------------------------------------------------------------- where it is found

PENDING = decided(Purchase(SESSION, (WAITING,)), owners={"sub_1": None, "in_1": None}).order


def test_an_order_that_awaits_its_payment_is_found_as_such() -> None:
    minting = decided(Purchase(SESSION, (WAITING,)), owners={"sub_1": None, "in_1": None})
    assert (minting.references, minting.licenses) == (("sub_1", "in_1"), ())
    again = decided(
        Purchase(SESSION, (WAITING,)),
        PENDING,
        owners={"sub_1": "cs_1", "in_1": "cs_1"},
        pending=frozenset({"sub_1", "in_1"}),
    )
    assert again.references == ()
    assert not again.changes_order


@pytest.mark.parametrize(
    ("fact", "references"), [(Paid(PAID_AT, ACTIVE), ("sub_1", "in_1")), (PaymentFailed(PAID_AT), ())]
)
def test_once_it_is_paid_it_is_found_as_one_that_waits_no_more(fact: OrderFact, references: tuple[str, ...]) -> None:
    """What failed may be tried again, and waits."""
    owners = {"sub_1": "cs_1", "in_1": "cs_1"}
    minting = decided(Purchase(SESSION, (fact,)), PENDING, owners=owners, pending=frozenset(owners))
    assert minting.references == references


def test_an_id_that_becomes_known_later_leads_to_the_order_then() -> None:
    with_payment = replace(SESSION, payment_intent="pi_1")
    owners = {"pi_1": None, "sub_1": "cs_1", "in_1": "cs_1"}
    minting = decided(Purchase(with_payment, (WAITING,)), PENDING, owners=owners, pending=frozenset({"sub_1", "in_1"}))
    assert minting.references == ("pi_1",)
    assert minting.order.payment_intent == "pi_1"


# ---------------------------------------------------------------- what must be asked


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ([], False),
        ([seen("active", 2_000, item("si_1", "price_unit", 3))], False),
        ([seen("trialing", 2_000, item("si_1", "price_unit", 3))], False),
        ([seen("incomplete", 2_000, item("si_1", "price_unit", 3))], False),
        ([seen("past_due", 2_000, item("si_1", "price_unit", 3))], True),
        ([seen("active", 2_000, item("si_1", "price_unit", 2))], True),
        ([seen("active", 2_000, item("si_1", "price_month", 3))], True),
        ([seen("active", 2_000, item("si_1", "price_unit", 3), item("si_2"))], True),
        ([seen("active", 2_000, item("si_1", "price_unit", 3), ends=9_000)], True),
        ([seen("active", 2_000, item("si_1", "price_unit", 3), collection_paused=True)], True),
        ([ended(2_000, 2_000, item("si_1", "price_unit", 3))], True),
    ],
)
def test_a_checkout_asks_for_its_subscription_only_if_what_waited_for_it_is_not_as_it_was_bought(
    known: list[OrderFact], asked: bool
) -> None:
    lines: list[Line] = [bought("price_unit", 3), bought("price_life", identity="li_life", recurs=False)]
    order = replace(SESSION, facts={fact.id: fact for fact in [Paid(PAID_AT, ACTIVE), *known]})
    assert must_be_asked(order, lines, is_on_record=False) is asked


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ([Paid(PAID_AT)], True),  # as an earlier version stored it: its billing is not known
        ([Paid(PAID_AT, ACTIVE)], False),
        ([Paid(PAID_AT), seen("active", 2_000)], False),
        ([WAITING], False),
    ],
)
def test_a_replay_asks_for_the_subscription_of_an_order_of_an_earlier_version(
    facts: list[OrderFact], asked: bool
) -> None:
    order = replace(SESSION, facts={fact.id: fact for fact in facts})
    assert must_be_asked(order, [bought("price_unit", 3)], is_on_record=True) is asked


def test_an_order_that_would_grow_too_large_is_refused_whole() -> None:
    shop = Shop().subscribed(bought("price_unit", 3))
    with pytest.raises(ActionNeededError, match="order cs_1 would get 1001 licenses and the limit is 1000"):
        shop.has(2_000, ("si_1", "price_unit", MAX_LICENSES + 1))
