"""Payments that ring for an order that waits for one."""

from typing import Any

import pytest
from keystack.errors import ActionNeededError
from keystack.stripe.events import Ignored, PaymentEvent, read_event

from unit.stripe_shapes import AT, ERAS, charge, event, payment_intent

SUBJECTS = {
    "payment_intent.succeeded": payment_intent,
    "payment_intent.canceled": payment_intent,
    "charge.captured": charge,
    "charge.expired": charge,
}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("type_", "released"),
    [
        ("payment_intent.succeeded", False),
        ("payment_intent.canceled", True),
        ("charge.captured", False),
        ("charge.expired", True),
    ],
)
def test_the_type_says_whether_it_was_made_or_given_up(type_: str, released: bool, era: str) -> None:
    assert read_event(event(type_, SUBJECTS[type_](era), era)) == PaymentEvent(True, AT, "pi_1", released)


@pytest.mark.parametrize("type_", ["charge.captured", "charge.expired"])
def test_a_charge_without_a_payment_intent_rings_for_no_session(type_: str) -> None:
    subject = charge(payment_intent=None)
    assert read_event(event(type_, subject)) == Ignored(
        "charge ch_1 has no payment intent: no Checkout Session waits for it"
    )
    del subject["payment_intent"]
    assert isinstance(read_event(event(type_, subject)), Ignored)


@pytest.mark.parametrize("type_", ["charge.captured", "charge.expired"])
@pytest.mark.parametrize("garbage", [7, True, [], {}, "", "pi#1"])
def test_a_payment_intent_that_is_none_is_refused(type_: str, garbage: Any) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.payment_intent\)"):
        read_event(event(type_, charge(payment_intent=garbage)))


@pytest.mark.parametrize("type_", ["charge.captured", "charge.expired"])
def test_what_a_charge_took_is_not_asked(type_: str) -> None:
    assert isinstance(read_event(event(type_, charge(amount=None, amount_refunded="?", captured=7))), PaymentEvent)
