"""A person reads why a license has its status, what would change it and when."""

from dataclasses import replace
from typing import Any

import pytest
from keystack.domain.decisions import freeze, reactivate, revoke
from keystack.domain.effects import EMAIL, Effect, EffectState
from keystack.domain.explanations import Explanation, Moment, explain, to_plain
from keystack.domain.facts import (
    Concern,
    Disputed,
    HoldLifted,
    OrderFact,
    Paid,
    PeriodPaid,
    Refunded,
    RefundFailed,
    SubscriptionSeen,
    with_facts,
)
from keystack.domain.licenses import License
from keystack.domain.minting import BORN_INACTIVE
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Current, Line, Settled
from keystack.domain.status import Status
from keystack.domain.subscriptions import SubscriptionState, SubscriptionStatus

DAY = 86_400
MARCH_3, MARCH_5, MARCH_9, APRIL_7 = 1_772_496_000, 1_772_668_800, 1_773_014_400, 1_775_520_000
LICENSE = License("lic_1", "ACME-1", "pro", PlanKind.SUBSCRIPTION, 1, "li_1", 1, MARCH_3)
PERPETUAL = replace(LICENSE, kind=PlanKind.PERPETUAL)
FIXED = replace(LICENSE, kind=PlanKind.FIXED, duration_days=30)
REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=MARCH_3)
DISPUTED = Disputed("dp_1", "ch_1", MARCH_5)
UNTIL_APRIL_7 = PeriodPaid("si_1", APRIL_7, "in_1", MARCH_3)


def seen(status: str, at: int = MARCH_5, **more: Any) -> SubscriptionSeen:
    state = SubscriptionState(SubscriptionStatus(status), latest_invoice="in_2", since=at, **more)
    return SubscriptionSeen("sub_1", at, 0, (state,))


ENDED = (seen("canceled", ends=MARCH_5), UNTIL_APRIL_7)


def order(*facts: OrderFact) -> Order:
    return Order("acme", "cs_1", True, MARCH_3, subscription="sub_1", facts=with_facts({}, facts))


def of_units(item: int, now: int, **more: Any) -> Order:
    """An order whose subscription item had `item` units, and has `now`."""

    def award(count: int) -> Award:
        return Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, count)

    current = Current("price_1", now, (award(now),), MARCH_5, **more)
    settled = Settled(Line("li_1", "price_1", None, item, True), (award(item),), "si_1", current)
    return replace(order(seen("active")), settled=(settled,))


def why(told: Explanation) -> list[str]:
    return [to_plain(each) for each in told.why]


def test_frozen_by_a_refund() -> None:
    told = explain(order(REFUNDED), PERPETUAL, MARCH_9)
    assert why(told) == ["Frozen since 3 March 2026: charge ch_1 was refunded in full."]
    assert told.why[0][1] == Moment(MARCH_3)
    assert to_plain(told.next) == (
        "The hold ends when a person reactivates it, or by itself when the refund fails or is canceled."
        " Until then it is not valid."
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
    assert "by itself when the refund fails or is canceled, and the dispute is won." in to_plain(only.next)


def test_frozen_by_a_person_without_a_reason() -> None:
    frozen, _ = freeze(order(), LICENSE, "Ada", "", MARCH_9)
    assert why(explain(order(), frozen, MARCH_9)) == ["Frozen since 9 March 2026: frozen by Ada."]


def test_what_lifting_the_hold_leads_to_when_the_license_ends_or_has_ended() -> None:
    of = order(REFUNDED, *ENDED)
    assert to_plain(explain(of, LICENSE, MARCH_9).next).endswith("it expires on 7 April 2026 in any case.")
    late = explain(of, LICENSE, APRIL_7)
    assert to_plain(late.next).endswith("It is expired then: what it paid for ended on 7 April 2026.")


def test_born_frozen() -> None:
    skipped = {EMAIL: Effect(EffectState.SKIPPED, BORN_INACTIVE, MARCH_5)}
    told = explain(replace(order(REFUNDED), effects=skipped), LICENSE, MARCH_9)
    assert why(told)[1:] == ["It was frozen when it was issued, so the e-mail with its key was not sent."]


def test_active_until_the_paid_period_ends() -> None:
    told = explain(order(*ENDED), LICENSE, MARCH_9)
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
    ("license", "facts", "sentence"),
    [
        (
            LICENSE,
            ENDED,
            "Expired on 7 April 2026: the paid period ended; the subscription itself ended on 5 March 2026.",
        ),
        (
            LICENSE,
            (seen("canceled", ends=MARCH_9), PeriodPaid("si_1", MARCH_5, "in_1", MARCH_3)),
            "Expired on 9 March 2026: the subscription ended, its last period not paid.",
        ),
        (
            LICENSE,
            (seen("canceled", ends=MARCH_9, reason="payment_failed"),),
            "Expired on 9 March 2026: the subscription ended, its last period not paid.",
        ),
        (
            LICENSE,
            (seen("canceled", ends=APRIL_7), UNTIL_APRIL_7),
            "Expired on 7 April 2026: the subscription ended, and with it what was paid.",
        ),
        (
            LICENSE,
            (*ENDED, replace(REFUNDED, concern=Concern.SUBSCRIPTION, paid_until=APRIL_7)),
            "Expired on 5 March 2026: the subscription ended, and its last payment was given back.",
        ),
        (LICENSE, (seen("canceled", ends=MARCH_9),), "Expired on 9 March 2026: the subscription ended."),
        (
            LICENSE,
            (seen("active", ends=MARCH_9),),
            "Expired on 9 March 2026: the subscription ended, for it was canceled.",
        ),
        (
            replace(FIXED, duration_days=1),
            (Paid(MARCH_3),),
            "Expired on 4 March 2026: its 1 day from the purchase is over.",
        ),
    ],
)
def test_expired(license: License, facts: tuple[OrderFact, ...], sentence: str) -> None:
    lifted = replace(license, facts=with_facts({}, [HoldLifted(REFUNDED.id, "Ada", MARCH_3)]))
    told = explain(order(*facts), lifted, APRIL_7)
    assert (told.status, why(told)) == (Status.EXPIRED, [sentence])


def test_an_end_that_is_set_is_told_before_it_comes() -> None:
    told = explain(order(seen("active", ends=APRIL_7), UNTIL_APRIL_7), LICENSE, MARCH_9)
    assert to_plain(told.next) == "It expires on 7 April 2026, when the subscription ends, for it was canceled."


@pytest.mark.parametrize("license", [LICENSE, PERPETUAL, FIXED])
def test_an_item_that_the_subscription_does_not_include_any_more(license: License) -> None:
    told = explain(of_units(1, 1, removed_at=MARCH_5), license, MARCH_9)
    assert why(told) == ["Expired on 5 March 2026: the subscription does not include it now."]


@pytest.mark.parametrize(
    ("fact", "reason", "way_out"),
    [
        (
            seen("unpaid"),
            "subscription sub_1 is unpaid, and Stripe has given up asking for the money",
            "Stripe says that the subscription is active again",
        ),
        (seen("paused"), "subscription sub_1 is paused", "Stripe says that the subscription is active again"),
        (
            seen("active", collection_paused=True, freezes=True),
            "the collection of subscription sub_1 is paused",
            "its collection goes on",
        ),
    ],
)
def test_frozen_by_its_subscription_until_that_goes_on(fact: OrderFact, reason: str, way_out: str) -> None:
    told = explain(order(fact), LICENSE, MARCH_9)
    assert why(told) == [f"Frozen since 5 March 2026: {reason}."]
    assert to_plain(told.next) == (
        f"The hold ends when a person reactivates it, or by itself when {way_out}. Until then it is not valid."
    )


def test_frozen_because_there_are_more_licenses_than_units() -> None:
    second = replace(LICENSE, unit=2)
    told = explain(of_units(2, 1), second, MARCH_9)
    assert why(told) == ["Frozen since 5 March 2026: the subscription has 1 unit now, and pays for fewer licenses."]
    assert "or by itself when the subscription has enough units again." in to_plain(told.next)
    assert explain(of_units(2, 1), LICENSE, MARCH_9).status is Status.ACTIVE
    assert "has 2 units now" in why(explain(of_units(3, 2), replace(LICENSE, unit=3), MARCH_9))[0]


def test_the_refund_of_a_renewal_ends_with_the_next_one() -> None:
    renewal = replace(REFUNDED, concern=Concern.SUBSCRIPTION, paid_until=MARCH_9)
    told = explain(order(renewal), LICENSE, MARCH_9)
    assert "when the refund fails or is canceled, or a later period is paid." in to_plain(told.next)


def test_a_hold_that_is_still_to_come_is_told_with_what_keeps_it_away() -> None:
    told = explain(order(seen("paused"), UNTIL_APRIL_7), LICENSE, MARCH_9)
    assert (told.status, why(told), told.next_at) == (Status.ACTIVE, ["Active."], APRIL_7)
    assert to_plain(told.next) == (
        "It is frozen on 7 April 2026: subscription sub_1 is paused, and what was paid is over then."
        " That ends by itself, or does not begin, when Stripe says that the subscription is active again."
    )
    assert explain(order(seen("paused"), UNTIL_APRIL_7), LICENSE, APRIL_7).status is Status.FROZEN


def test_a_hold_to_come_does_not_hide_the_end() -> None:
    of = order(seen("paused", ends=APRIL_7 + DAY), UNTIL_APRIL_7)
    assert to_plain(explain(of, LICENSE, MARCH_9).next).endswith("It expires on 8 April 2026 in any case.")
    sooner = order(seen("paused", ends=APRIL_7), UNTIL_APRIL_7)
    assert to_plain(explain(sooner, LICENSE, MARCH_9).next).startswith("It expires on 7 April 2026, when")


def test_a_refund_that_was_canceled_is_no_reason_any_more() -> None:
    canceled = RefundFailed("re_1", "ch_1", 100, MARCH_5, canceled=True)
    assert explain(order(REFUNDED, canceled), LICENSE, MARCH_9).status is Status.ACTIVE


def test_revoked() -> None:
    license, _ = revoke(order(), LICENSE, "Ada", "fraud", MARCH_9)
    told = explain(order(REFUNDED), license, APRIL_7)
    assert why(told) == ["Revoked by Ada on 9 March 2026: fraud."]
    assert to_plain(told.next).startswith("This is final.")
    without, _ = revoke(order(), LICENSE, "Ada", "", MARCH_9)
    assert why(explain(order(), without, APRIL_7)) == ["Revoked by Ada on 9 March 2026."]
