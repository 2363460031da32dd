"""An order's story in the order of time, each part in plain words and with the event that brought it."""

from dataclasses import replace

import pytest
from keystack.domain.audit import Action, order_entry_id
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.explanations import Moment, to_plain
from keystack.domain.facts import (
    AwaitingPayment,
    Concern,
    FirstInvoice,
    OrderFact,
    Paid,
    PaymentFailed,
    Refunded,
    RefundFailed,
    with_facts,
)
from keystack.domain.orders import Order
from keystack.domain.timeline import Kind, Recorded, delivery_of, happenings, words_of_entry, words_of_fact

from unit.billing_facts import disputed, ended, item, paid_until, renewal_refunded, seen

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
        (
            RefundFailed("re_1", "ch_1", 100, 1, canceled=True),
            "Refund re_1 of charge ch_1 was canceled: the money came back.",
        ),
        (
            replace(REFUNDED, concern=Concern.SUBSCRIPTION),
            "Charge ch_1, which paid a renewal, was refunded in full.",
        ),
        (
            replace(REFUNDED, concern=Concern.PART),
            "Charge ch_1, which paid only a part of what the order costs, was refunded in full.",
        ),
        (disputed("needs_response", 1), "Dispute dp_1 of charge ch_1: needs response."),
        (disputed("won", 1), "Dispute dp_1 of charge ch_1: won."),
        (disputed("won", 1, charge=""), "Dispute dp_1 of charge unknown: won."),  # as an earlier version stored it
        (seen("active", 1), "Subscription sub_1 is active."),
        (
            seen("past_due", 1, item(price="price_year"), item("si_2", quantity=3), collection_paused=True),
            "Subscription sub_1 is past due with 1 x price_year, 3 x price_month; its collection is paused.",
        ),
        (seen("active", 1, ends=86_400), "Subscription sub_1 is active; it ends on 2 January 1970."),
        (ended(86_400, 1), "Subscription sub_1 is canceled; it ended on 2 January 1970."),
        (paid_until(86_400), "Subscription item si_1 is paid until 2 January 1970, by invoice in_1."),
        (
            FirstInvoice("in_1", (("si_1", "price_month"),), 1),
            "Invoice in_1 says which subscription item each line is billed as.",
        ),
    ],
)
def test_a_fact_in_words(fact: OrderFact, words: str) -> None:
    assert to_plain(words_of_fact(fact)) == words


@pytest.mark.parametrize("fact", [ended(86_400, 1), seen("active", 1, ends=86_400), paid_until(86_400)])
def test_a_time_in_words_is_a_value_of_its_own(fact: OrderFact) -> None:
    assert Moment(86_400) in words_of_fact(fact)


def test_a_hold_says_which_licenses_it_is_of() -> None:
    def held(fact: OrderFact) -> str:
        order = replace(ORDER, facts=with_facts({}, [fact]), effects={})
        [hold] = [each for each in happenings(order, []) if each.kind is Kind.HOLD]
        return to_plain(hold.words)

    assert held(REFUNDED) == "Every license of the order is held: charge ch_1 was refunded in full."
    assert held(renewal_refunded(until=90)) == (
        "Every license that the subscription pays for is held: charge ch_2 was refunded in full."
    )


CONFIGURATION = ("plan.", "mapping.", "api_key.", "settings.", "session.", "sign_in_link.")


@pytest.mark.parametrize("action", [each for each in Action if not each.startswith(CONFIGURATION)])
def test_every_action_about_an_order_has_words(action: Action) -> None:
    detail = {"license": "lic_1", "by": "Ada", "reason": "fraud"}
    told = to_plain(words_of_entry(Recorded("x", 1, action, "Ada", detail)))
    assert action not in told
    assert told.endswith(", license lic_1, by Ada: fraud.")


def test_a_hold_that_is_still_to_come_has_its_time() -> None:
    paused = replace(ORDER, facts=with_facts({}, [seen("paused", 20, latest_invoice="in_1"), paid_until(86_400)]))
    [hold] = [each for each in happenings(paused, []) if each.kind is Kind.HOLD]
    assert (hold.at, to_plain(hold.words)) == (
        86_400,
        "Every license that the subscription pays for is held: subscription sub_1 is paused.",
    )


def test_what_followed_the_subscription_is_named_item_by_item() -> None:
    changed = Recorded("x", 1, "license.changed", "evt_1", {"items": ["si_1: 5 x price_seats", "si_2 is gone"]})
    assert words_of_entry(changed) == (
        "Plan or seats followed the subscription (si_1: 5 x price_seats; si_2 is gone).",
    )


def test_an_action_of_a_later_version_is_named_as_it_is() -> None:
    assert words_of_entry(Recorded("x", 1, "license.sung", "Ada")) == ("license.sung.",)


@pytest.mark.parametrize(
    ("source", "delivery"),
    [("evt_1aB", "evt_1aB"), ("issue_ord_1_0a", "issue_ord_1_0a"), ("Ada", None), ("evt_<b>", None), ("", None)],
)
def test_only_an_event_has_a_delivery(source: str, delivery: str | None) -> None:
    assert delivery_of(source) == delivery
