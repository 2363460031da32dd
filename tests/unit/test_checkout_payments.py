"""Whether a Checkout Session is paid, as its events say it in every shape that Stripe gave them."""

from typing import Any

import pytest
from keystack.domain.facts import AwaitingPayment, Fact, Paid, PaymentFailed
from keystack.domain.subscriptions import SubscriptionStatus
from keystack.errors import ActionNeededError
from keystack.stripe.events import Checkout, read_event

from unit.stripe_shapes import AT, ERAS, event, session

COMPLETED = "checkout.session.completed"
SUCCEEDED, FAILED = "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"


def checkout(type_: str = COMPLETED, era: str = "basil", **more: Any) -> Checkout:
    read = read_event(event(type_, session(era, **more), era))
    assert isinstance(read, Checkout), read
    return read


@pytest.mark.parametrize(
    ("type_", "payment_status", "fact"),
    [
        (COMPLETED, "paid", Paid(AT)),
        (COMPLETED, "no_payment_required", Paid(AT)),
        (COMPLETED, "unpaid", AwaitingPayment(AT, "evt_1")),
        (SUCCEEDED, "paid", Paid(AT)),
        (SUCCEEDED, "unpaid", Paid(AT)),
        (SUCCEEDED, None, Paid(AT)),
        (FAILED, "unpaid", PaymentFailed(AT)),
        (FAILED, "paid", PaymentFailed(AT)),
        (FAILED, None, PaymentFailed(AT)),
    ],
)
def test_type_and_payment_status_say_whether_it_is_paid(type_: str, payment_status: str | None, fact: Fact) -> None:
    assert checkout(type_, payment_status=payment_status).fact == fact


def without_payment_status(api_version: str | None) -> dict[str, Any]:
    subject = session()
    del subject["payment_status"]
    return event(COMPLETED, subject, api_version=api_version)


@pytest.mark.parametrize("api_version", ["2018-11-08", "2020-03-02", "2020-08-26"])
def test_completed_meant_paid_while_sessions_had_no_payment_status(api_version: str) -> None:
    read = read_event(without_payment_status(api_version))
    assert isinstance(read, Checkout)
    assert read.fact == Paid(AT)


@pytest.mark.parametrize("api_version", ["2020-08-27", "2025-03-31.basil", None, "", "2", "0000-0-0"])
def test_a_session_that_must_say_whether_it_is_paid_and_does_not_is_refused(api_version: str | None) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.payment_status\)"):
        read_event(without_payment_status(api_version))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("status", [None, True, 1, ["paid"]])
def test_a_payment_status_that_is_no_word_is_refused_in_every_version(era: str, status: Any) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.payment_status\)"):
        checkout(era=era, payment_status=status)


@pytest.mark.parametrize("type_", [COMPLETED, SUCCEEDED, FAILED])
@pytest.mark.parametrize("status", ["processing", "Paid", "paid_out", "requires_action"])
def test_a_payment_status_that_nobody_knows_is_refused_with_its_word(type_: str, status: str) -> None:
    with pytest.raises(ActionNeededError, match=rf'\(data\.object\.payment_status is "{status}"\)'):
        checkout(type_, payment_status=status)


@pytest.mark.parametrize("status", ["paid ", "", "päid", "p" * 61, "a/b"])
def test_what_does_not_look_like_a_word_of_stripes_is_not_repeated(status: str) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.payment_status\)"):
        checkout(payment_status=status)


@pytest.mark.parametrize(
    ("type_", "payment_status", "begins"),
    [
        (COMPLETED, "paid", SubscriptionStatus.ACTIVE),
        (COMPLETED, "no_payment_required", SubscriptionStatus.TRIALING),
        (SUCCEEDED, "paid", SubscriptionStatus.ACTIVE),
        (SUCCEEDED, None, SubscriptionStatus.ACTIVE),
    ],
)
def test_a_paid_session_in_subscription_mode_says_how_its_subscription_begins(
    type_: str, payment_status: str | None, begins: SubscriptionStatus
) -> None:
    more: dict[str, Any] = {"mode": "subscription", "payment_intent": None, "subscription": "sub_1"}
    assert checkout(type_, payment_status=payment_status, **more).fact == Paid(AT, begins)


@pytest.mark.parametrize("status", ["paid", "no_payment_required"])
def test_a_paid_session_in_subscription_mode_must_name_its_subscription(status: str) -> None:
    with pytest.raises(ActionNeededError, match=r"\(data\.object\.subscription\)"):
        checkout(mode="subscription", payment_intent=None, payment_status=status)


def test_a_session_that_waits_for_its_payment_may_have_its_subscription_later() -> None:
    waiting = checkout(mode="subscription", payment_intent=None, payment_status="unpaid")
    assert (waiting.order.subscription, waiting.fact) == (None, AwaitingPayment(AT, "evt_1"))
