"""An order's story in the order of time, each part in plain words and with the event that brought it."""

from dataclasses import replace

import pytest
from keystack.domain.audit import Action, order_entry_id
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.explanations import Moment, to_plain
from keystack.domain.facts import (
    AwaitingPayment,
    Disputed,
    DisputeWon,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    SubscriptionDeleted,
    with_facts,
)
from keystack.domain.orders import Order
from keystack.domain.timeline import Kind, Recorded, delivery_of, happenings, words_of_entry, words_of_fact

REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=30)
EFFECTS = {EMAIL: Effect(EffectState.DONE, "", 12), METADATA: Effect(EffectState.PENDING, "Stripe is busy")}
ORDER = Order(
    "acme",
    "cs_1",
    True,
    10,
    email="ada@example.com",
    facts=with_facts({}, [REFUNDED, Paid(10)]),
    effects=EFFECTS,
)
ENTRIES = [
    Recorded(order_entry_id(ORDER, "paid"), 11, "order.created", "evt_1", {"licenses": 1}),
    Recorded(order_entry_id(ORDER, REFUNDED.id), 31, "license.frozen", "evt_2", {"hold": REFUNDED.id}),
]


def test_all_parts_in_the_order_of_time_with_what_is_to_come_last() -> None:
    assert [(each.at, each.kind, each.name, each.delivery) for each in happenings(ORDER, ENTRIES)] == [
        (10, Kind.FACT, "Paid", "evt_1"),
        (11, Kind.AUDIT, "order.created", "evt_1"),
        (12, Kind.EFFECT, "email", None),
        (30, Kind.FACT, "Refunded", "evt_2"),
        (30, Kind.HOLD, "refund:ch_1:100", "evt_2"),
        (31, Kind.AUDIT, "license.frozen", "evt_2"),
        (None, Kind.EFFECT, "metadata", None),
    ]


def test_a_page_has_the_facts_of_its_time_only() -> None:
    first, second = happenings(ORDER, ENTRIES[:1], None, 11), happenings(ORDER, ENTRIES[1:], 11, None)
    assert [each.name for each in first] == ["Paid", "order.created"]
    assert len(first) + len(second) == len(happenings(ORDER, ENTRIES))


def test_a_license_that_is_skipped_at_birth_has_the_orders_time() -> None:
    skipped = replace(ORDER, effects={EMAIL: Effect(EffectState.SKIPPED, "the caller sends it")})
    [effect] = [each for each in happenings(skipped, []) if each.kind is Kind.EFFECT]
    assert (effect.at, to_plain(effect.words)) == (
        10,
        "The e-mail to ada@example.com was left out: the caller sends it.",
    )


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (AwaitingPayment(1), "The checkout is complete; the payment is on its way."),
        (Paid(1), "The order is paid."),
        (PaymentFailed(1), "The payment failed."),
        (REFUNDED, "Charge ch_1 was refunded in full."),
        (replace(REFUNDED, full=False), "Charge ch_1 was refunded in part."),
        (RefundFailed("re_1", "ch_1", 100, 1), "Refund re_1 of charge ch_1 failed: the money came back."),
        (Disputed("dp_1", "ch_1", 1), "Charge ch_1 is disputed (dp_1)."),
        (DisputeWon("dp_1", 1), "Dispute dp_1 was won."),
        (SubscriptionDeleted("sub_1", 86_400, 1), "Subscription sub_1 ended; it is paid until 2 January 1970."),
    ],
)
def test_a_fact_in_words(fact: OrderFact, words: str) -> None:
    assert to_plain(words_of_fact(fact)) == words


def test_a_time_in_words_is_a_value_of_its_own() -> None:
    assert Moment(86_400) in words_of_fact(SubscriptionDeleted("sub_1", 86_400, 1))


CONFIGURATION = ("plan.", "mapping.", "api_key.", "settings.", "session.", "sign_in_link.")


@pytest.mark.parametrize("action", [each for each in Action if not each.startswith(CONFIGURATION)])
def test_every_action_about_an_order_has_words(action: Action) -> None:
    detail = {"license": "lic_1", "by": "Ada", "reason": "fraud"}
    told = to_plain(words_of_entry(Recorded("x", 1, action, "Ada", detail)))
    assert action not in told
    assert told.endswith(", license lic_1, by Ada: fraud.")


def test_an_action_of_a_later_version_is_named_as_it_is() -> None:
    assert words_of_entry(Recorded("x", 1, "license.sung", "Ada")) == ("license.sung.",)


@pytest.mark.parametrize(
    ("source", "delivery"),
    [("evt_1aB", "evt_1aB"), ("issue_ord_1_0a", "issue_ord_1_0a"), ("Ada", None), ("evt_<b>", None), ("", None)],
)
def test_only_an_event_has_a_delivery(source: str, delivery: str | None) -> None:
    assert delivery_of(source) == delivery
