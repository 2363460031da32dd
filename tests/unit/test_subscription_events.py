"""How a subscription stands, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.facts import SubscriptionSeen
from keystack.domain.subscriptions import Item, SubscriptionState, SubscriptionStatus
from keystack.errors import ActionNeededError
from keystack.stripe.events import SubscriptionEvent, read_event

from unit.billing_shapes import END, ended, item, listed, subscription
from unit.stripe_shapes import AT, DAY, ERAS, event

UPDATED, DELETED = "customer.subscription.updated", "customer.subscription.deleted"
TYPES = [f"customer.subscription.{each}" for each in ("created", "updated", "paused", "resumed", "deleted")]
BEFORE = ["old", "before basil"]


def state_of(subject: dict[str, Any], era: str = "basil", type_: str = UPDATED) -> SubscriptionState:
    news = read_event(event(type_, subject, era))
    assert isinstance(news, SubscriptionEvent), news
    return news.fact.state


def state(era: str = "basil", **more: Any) -> SubscriptionState:
    return state_of(subscription(era, **more), era)


def refused(subject: dict[str, Any], era: str = "basil", type_: str = UPDATED) -> str:
    with pytest.raises(ActionNeededError) as raised:
        read_event(event(type_, subject, era))
    return str(raised.value)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", TYPES)
def test_every_event_tells_how_the_subscription_stands(type_: str, era: str) -> None:
    seen = SubscriptionState(
        SubscriptionStatus.ACTIVE,
        (Item("si_1", "price_1", "prod_1", 1, END),),
        latest_invoice=None if era == "old" else "in_1",
        event="evt_1",
    )
    fact = SubscriptionSeen("sub_1", AT, 0, (seen,))
    assert read_event(event(type_, subscription(era), era)) == SubscriptionEvent(True, "sub_1", fact, "cus_1")


@pytest.mark.parametrize("era", ERAS)
def test_every_status_is_read(era: str) -> None:
    assert {state(era, status=str(each)).status for each in SubscriptionStatus} == set(SubscriptionStatus)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("status", ["ended", "Active", "active_"])
def test_a_status_that_nobody_knows_is_refused_with_its_word(type_: str, status: str) -> None:
    assert f'(data.object.status is "{status}")' in refused(subscription(status=status), type_=type_)


# ------------------------------------------------------------------------ how it ends


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
@pytest.mark.parametrize(
    ("ended_at", "canceled_at", "ends"),
    [(AT - 5, AT - DAY, AT - 5), (None, AT - DAY, AT - DAY), (None, None, AT), (AT - 5, None, AT - 5)],
)
def test_what_has_ended_ends_when_it_did(
    ended_at: int | None, canceled_at: int | None, ends: int, status: str, era: str
) -> None:
    more: dict[str, Any] = {"status": status, "ended_at": ended_at, "canceled_at": canceled_at, "cancel_at": END}
    assert state_of(subscription(era, **more), era).ends == ends


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused", "incomplete"])
@pytest.mark.parametrize(
    ("cancel_at", "at_period_end", "ends"),
    [
        (None, False, None),
        (None, None, None),
        (None, True, END + 9),
        (AT + DAY, False, AT + DAY),
        (AT + DAY, True, AT + DAY),
    ],
)
def test_what_goes_on_ends_when_a_cancellation_is_set_for(
    cancel_at: int | None, at_period_end: bool | None, ends: int | None, status: str
) -> None:
    subject = subscription(
        status=status,
        cancel_at=cancel_at,
        cancel_at_period_end=at_period_end,
        canceled_at=AT - DAY,  # when the customer asked for it: not when it ends
        items=listed(item(end=END), item(identity="si_2", end=END + 9)),
    )
    assert state_of(subject).ends == ends


@pytest.mark.parametrize("era", BEFORE)
def test_before_basil_the_end_of_the_period_is_the_subscriptions(era: str) -> None:
    assert state(era, cancel_at_period_end=True).ends == END


# ------------------------------------------------------------------------ what else


@pytest.mark.parametrize("pause", [{"behavior": "void", "resumes_at": None}, {"behavior": "keep_as_draft"}, {}])
def test_a_paused_collection_is_told_whatever_its_behaviour(pause: dict[str, Any]) -> None:
    assert state(pause_collection=pause).collection_paused
    assert not state(pause_collection=None).collection_paused


@pytest.mark.parametrize("reason", [None, "cancellation_requested", "payment_failed", "payment_disputed", "?"])
def test_the_reason_of_a_cancellation_is_told(reason: str | None) -> None:
    assert state_of(ended(cancellation_details={"reason": reason}), type_=DELETED).reason == reason


@pytest.mark.parametrize("details", [None, {}])
def test_a_cancellation_may_have_no_details(details: Any) -> None:
    assert state_of(ended(cancellation_details=details), type_=DELETED).reason is None


def test_trial_and_latest_invoice_are_told() -> None:
    seen = state(trial_end=AT + DAY, latest_invoice={"id": "in_9", "object": "invoice", "status": "open"})
    assert (seen.trial_end, seen.latest_invoice) == (AT + DAY, "in_9")


@pytest.mark.parametrize("customer", [None, 7, "cus#1", [], {}])
def test_the_customer_fails_nothing(customer: Any) -> None:
    news = read_event(event(UPDATED, subscription(customer=customer)))
    assert isinstance(news, SubscriptionEvent)
    assert (news.subscription, news.customer) == ("sub_1", None)
