"""Two events of a subscription within one second: which came first is in what they say of the state before."""

from typing import Any

import pytest
from keystack.domain.facts import SubscriptionSeen, with_facts
from keystack.domain.subscriptions import SubscriptionState
from keystack.stripe.events import SubscriptionEvent, read_event

from unit.billing_shapes import END, ended, item, listed, subscription
from unit.stripe_shapes import DAY, ERAS, event

UPDATED = "customer.subscription.updated"


def seen(subject: dict[str, Any], previous: Any = None, era: str = "basil", evt: str = "evt_1") -> SubscriptionSeen:
    news = read_event(event(UPDATED, subject, era, previous, id=evt))
    assert isinstance(news, SubscriptionEvent), news
    return news.fact


def state(subject: dict[str, Any], previous: Any = None, era: str = "basil") -> SubscriptionState:
    return seen(subject, previous, era).state


def quantity(units: int, era: str = "basil", **more: Any) -> dict[str, Any]:
    return subscription(era, items=listed(item(era) | {"quantity": units}), **more)


@pytest.mark.parametrize("era", ERAS)
def test_a_change_of_the_status_tells_what_it_followed(era: str) -> None:
    before = state(subscription(era, status="past_due"), era=era)
    assert state(subscription(era), {"status": "past_due"}, era).before == before.mark


@pytest.mark.parametrize("era", ERAS)
def test_previous_items_take_the_place_of_the_list(era: str) -> None:
    before = state(quantity(5, era), era=era)
    previous = {"items": {"data": [item(era) | {"quantity": 5}]}, "quantity": 5}
    assert state(quantity(12, era), previous, era).before == before.mark


def test_what_was_removed_was_there_before() -> None:
    two = [item(), item(identity="si_2", price="price_2")]
    previous = {"items": {"data": two}}
    assert state(subscription(), previous).before == state(subscription(items=listed(*two))).mark


def test_a_hash_is_told_by_what_changed_of_it() -> None:
    canceled = ended(cancellation_details={"comment": None, "feedback": "unused", "reason": "payment_failed"})
    previous = {"cancellation_details": {"reason": "cancellation_requested"}}
    before = ended(cancellation_details={"reason": "cancellation_requested"})
    assert state(canceled, previous).before == state(before).mark


def test_what_did_not_change_of_a_hash_was_so_before() -> None:
    canceled = ended(cancellation_details={"comment": "too late", "reason": "payment_failed"})
    assert state(canceled, {"cancellation_details": {"comment": None}}).before == ""


def test_what_had_no_value_before_has_none_again() -> None:
    paused = subscription(pause_collection={"behavior": "void"})
    assert state(paused, {"pause_collection": None}).before == state(subscription()).mark
    assert state(subscription(), {"pause_collection": {"behavior": "void"}}).before == state(paused).mark
    assert state(subscription(cancel_at=END), {"cancel_at": None}).before == state(subscription()).mark


def test_a_period_before_basil_is_told_at_the_top() -> None:
    previous = {"current_period_end": END - 30 * DAY, "latest_invoice": "in_0"}
    before = subscription("before basil", end=END - 30 * DAY, latest_invoice="in_0")
    assert (
        state(subscription("before basil"), previous, "before basil").before == state(before, era="before basil").mark
    )


@pytest.mark.parametrize(
    "previous",
    [
        None,
        {},
        [],
        "?",
        7,
        {"metadata": {"crm": "42"}},  # nothing that counts changed
        {"status": "active"},
        {"status": "ended"},
        {"items": None},
        {"items": {"data": []}},
        {"items": {"data": [{"id": "si_1"}]}},
        {"items": {"has_more": True}},
    ],
)
def test_an_event_that_does_not_tell_or_changes_nothing_follows_none(previous: Any) -> None:
    assert state(subscription(), previous).before == ""


@pytest.mark.parametrize("ids", [("evt_1", "evt_2", "evt_3"), ("evt_3", "evt_2", "evt_1"), ("evt_2", "evt_3", "evt_1")])
@pytest.mark.parametrize("arrival", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_the_latest_of_one_second_is_the_one_that_no_other_follows(
    ids: tuple[str, ...], arrival: tuple[int, ...]
) -> None:
    told = [
        seen(quantity(5), {"items": {"data": [item()]}}, evt=ids[0]),
        seen(quantity(12), {"items": {"data": [item() | {"quantity": 5}]}}, evt=ids[1]),
        seen(quantity(12, metadata={"crm": "42"}), {"metadata": {}}, evt=ids[2]),
    ]
    facts = with_facts({}, [told[each] for each in arrival])
    latest = facts["subscription:sub_1"]
    assert isinstance(latest, SubscriptionSeen)
    assert latest.state.items[0].quantity == 12
