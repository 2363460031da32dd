"""A person reads why a license has its status, what would change it and when."""

from dataclasses import replace

import pytest
from keystack.domain.decisions import freeze, reactivate, revoke
from keystack.domain.effects import EMAIL, Effect, EffectState
from keystack.domain.explanations import Explanation, Moment, explain, to_plain
from keystack.domain.facts import Disputed, OrderFact, Paid, Refunded, SubscriptionDeleted, with_facts
from keystack.domain.licenses import License, Status
from keystack.domain.minting import BORN_INACTIVE
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind

DAY = 86_400
MARCH_3, MARCH_5, MARCH_9, APRIL_7 = 1_772_496_000, 1_772_668_800, 1_773_014_400, 1_775_520_000
LICENSE = License("lic_1", "ACME-1", "pro", PlanKind.SUBSCRIPTION, 1, "li_1", 1, MARCH_3)
PERPETUAL = replace(LICENSE, kind=PlanKind.PERPETUAL)
FIXED = replace(LICENSE, kind=PlanKind.FIXED, duration_days=30)
REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=MARCH_3)
DISPUTED = Disputed("dp_1", "ch_1", MARCH_5)
ENDED = SubscriptionDeleted("sub_1", APRIL_7, MARCH_5)


def order(*facts: OrderFact) -> Order:
    return Order("acme", "cs_1", True, MARCH_3, subscription="sub_1", facts=with_facts({}, facts))


def why(told: Explanation) -> list[str]:
    return [to_plain(each) for each in told.why]


def test_frozen_by_a_refund() -> None:
    told = explain(order(REFUNDED), PERPETUAL, MARCH_9)
    assert why(told) == ["Frozen since 3 March 2026: charge ch_1 was refunded in full."]
    assert told.why[0][1] == Moment(MARCH_3)
    assert to_plain(told.next) == (
        "The hold ends when a person reactivates it, or by itself when the refund fails. Until then it is not valid."
    )
    assert (told.status, told.since, told.next_at) == (Status.FROZEN, MARCH_3, None)


def test_frozen_by_several() -> None:
    frozen, _ = freeze(order(), LICENSE, "Ada", "card tester", MARCH_9)
    told = explain(order(REFUNDED, DISPUTED), frozen, MARCH_9)
    assert why(told) == [
        "Frozen since 3 March 2026: charge ch_1 was refunded in full.",
        "Also since 5 March 2026: charge ch_1 is disputed (dp_1).",
        "Also since 9 March 2026: frozen by Ada (card tester).",
    ]
    assert to_plain(told.next).startswith("Its holds end when a person reactivates it. ")  # not by itself: Ada's
    only = explain(order(REFUNDED, DISPUTED), LICENSE, MARCH_9)
    assert "by itself when the refund fails and the dispute is won" in to_plain(only.next)


def test_frozen_by_a_person_without_a_reason() -> None:
    frozen, _ = freeze(order(), LICENSE, "Ada", "", MARCH_9)
    assert why(explain(order(), frozen, MARCH_9)) == ["Frozen since 9 March 2026: frozen by Ada."]


def test_what_lifting_the_hold_leads_to_when_the_license_ends_or_has_ended() -> None:
    of = order(REFUNDED, ENDED)
    assert to_plain(explain(of, LICENSE, MARCH_9).next).endswith("it expires on 7 April 2026 in any case.")
    late = explain(of, LICENSE, APRIL_7)
    assert to_plain(late.next).endswith("It is expired then: what it paid for ended on 7 April 2026.")


def test_born_frozen() -> None:
    skipped = {EMAIL: Effect(EffectState.SKIPPED, BORN_INACTIVE, MARCH_5)}
    told = explain(replace(order(REFUNDED), effects=skipped), LICENSE, MARCH_9)
    assert why(told)[1:] == ["It was frozen when it was issued, so the e-mail with its key was not sent."]


def test_active_until_the_paid_period_ends() -> None:
    told = explain(order(ENDED), LICENSE, MARCH_9)
    assert why(told) == ["Active."]
    assert to_plain(told.next) == (
        "It expires on 7 April 2026, when the paid period ends; the subscription itself ended on 5 March 2026."
    )
    assert (told.since, told.next_at) == (None, APRIL_7)


@pytest.mark.parametrize(
    ("license", "subscription", "following"),
    [
        (LICENSE, "sub_1", "It lasts until the subscription ends, and then for as long as was paid."),
        (LICENSE, None, "It never expires by itself: no subscription of Stripe is known for its order."),
        (PERPETUAL, "sub_1", "It never expires."),
        (FIXED, None, "It expires on 2 April 2026, when its 30 days from the purchase are over."),
    ],
)
def test_active(license: License, subscription: str | None, following: str) -> None:
    told = explain(replace(order(Paid(MARCH_3)), subscription=subscription), license, MARCH_9)
    assert (told.status, to_plain(told.next)) == (Status.ACTIVE, following)


def test_reactivated() -> None:
    license, _ = reactivate(order(REFUNDED), LICENSE, "Bob", "", MARCH_9)
    assert why(explain(order(REFUNDED), license, MARCH_9)) == ["Active.", "Reactivated by Bob on 9 March 2026."]


@pytest.mark.parametrize(
    ("license", "fact", "sentence"),
    [
        (
            LICENSE,
            ENDED,
            "Expired on 7 April 2026: the paid period ended; the subscription itself ended on 5 March 2026.",
        ),
        (
            LICENSE,
            SubscriptionDeleted("sub_1", MARCH_5, MARCH_5),
            "Expired on 5 March 2026: the subscription ended, its last period not paid.",
        ),
        (
            replace(FIXED, duration_days=1),
            Paid(MARCH_3),
            "Expired on 4 March 2026: its 1 day from the purchase is over.",
        ),
    ],
)
def test_expired(license: License, fact: OrderFact, sentence: str) -> None:
    told = explain(order(fact), license, APRIL_7)
    assert (told.status, why(told)) == (Status.EXPIRED, [sentence])


def test_revoked() -> None:
    license, _ = revoke(order(), LICENSE, "Ada", "fraud", MARCH_9)
    told = explain(order(REFUNDED), license, APRIL_7)
    assert why(told) == ["Revoked by Ada on 9 March 2026: fraud."]
    assert to_plain(told.next).startswith("This is final.")
    without, _ = revoke(order(), LICENSE, "Ada", "", MARCH_9)
    assert why(explain(order(), without, APRIL_7)) == ["Revoked by Ada on 9 March 2026."]
