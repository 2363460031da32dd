"""Until when a deleted subscription was paid, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.facts import SubscriptionDeleted
from keystack.stripe.events import SubscriptionEvent, read_event

from unit.stripe_shapes import AT, DAY, ERAS, event, subscription

DELETED = "customer.subscription.deleted"
END = AT + 20 * DAY


def paid_until(subject: dict[str, Any], era: str = "basil") -> int:
    news = read_event(event(DELETED, subject, era))
    assert isinstance(news, SubscriptionEvent), news
    assert news == SubscriptionEvent(SubscriptionDeleted("sub_1", news.fact.expires_at, AT), True, "sub_1")
    return news.fact.expires_at


def items(*ends: int | None) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": f"si_{n}", "current_period_end": end} for n, end in enumerate(ends)]}


@pytest.mark.parametrize("era", ERAS)
def test_what_was_paid_lasts_to_the_end_of_its_period(era: str) -> None:
    assert paid_until(subscription(era), era) == END


@pytest.mark.parametrize("era", ERAS)
def test_a_subscription_that_ended_after_its_period_expires_when_it_ended(era: str) -> None:
    assert paid_until(subscription(era, period_end=AT - DAY), era) == AT


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("reason", ["payment_failed", "payment_disputed"])
def test_a_period_that_was_never_paid_does_not_count(reason: str, era: str) -> None:
    assert paid_until(subscription(era, cancellation_details={"reason": reason}), era) == AT


@pytest.mark.parametrize("details", [None, {}, {"reason": None}, {"reason": "cancellation_requested"}, {"reason": "?"}])
def test_for_any_other_reason_the_period_counts(details: Any) -> None:
    assert paid_until(subscription(cancellation_details=details)) == END


def test_of_several_items_the_latest_end_counts() -> None:
    assert paid_until(subscription(items=items(AT + 5, END + 9, None, AT))) == END + 9


def test_the_items_are_asked_before_the_subscription() -> None:
    assert paid_until(subscription(items=items(AT + 5), current_period_end=END)) == AT + 5


@pytest.mark.parametrize("nothing", [None, items(), items(None)])
def test_items_without_a_period_leave_it_to_the_subscription(nothing: Any) -> None:
    assert paid_until(subscription(items=nothing, current_period_end=END)) == END


def test_without_any_period_it_expires_when_it_ended() -> None:
    assert paid_until(subscription(items=None)) == AT


def test_without_an_end_it_counts_from_the_cancellation_else_from_the_event() -> None:
    unpaid: dict[str, Any] = {"cancellation_details": {"reason": "payment_failed"}}
    assert paid_until(subscription(ended_at=None, **unpaid)) == AT - DAY
    assert paid_until(subscription(ended_at=None, canceled_at=None, **unpaid)) == AT
