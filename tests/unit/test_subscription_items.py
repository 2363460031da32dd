"""What a subscription includes and until when its periods last, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.subscriptions import Item, SubscriptionState
from keystack.errors import ActionNeededError
from keystack.stripe.events import SubscriptionEvent, read_event

from unit.billing_shapes import END, ended, item, listed, subscription
from unit.stripe_shapes import AT, DAY, event

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


def test_what_it_includes_is_told_item_by_item_in_the_order_of_their_ids() -> None:
    seats, addon = item(identity="si_2", price="price_seats"), item(identity="si_1", price="price_addon", end=END + DAY)
    assert state(items=listed(seats | {"quantity": 12}, addon)).items == (
        Item("si_1", "price_addon", "prod_1", 1, END + DAY),
        Item("si_2", "price_seats", "prod_1", 12, END),
    )


@pytest.mark.parametrize("quantity", [0, 1, 999_999])
def test_the_quantity_is_as_stripe_says(quantity: int) -> None:
    assert state(items=listed(item() | {"quantity": quantity})).items[0].quantity == quantity


METERED: list[dict[str, Any]] = [
    {"quantity": None},
    {"price": {"id": "price_1", "recurring": {"usage_type": "metered"}}},
    {"plan": {"id": "price_1", "usage_type": "metered"}},
    {"plan": {"id": "price_1", "usage_type": "metered"}, "price": None},
]


@pytest.mark.parametrize("metered", METERED)
def test_a_metered_item_counts_as_one(metered: dict[str, Any]) -> None:
    assert state(items=listed(item() | {"quantity": 7} | metered)).items[0].quantity == 1


def test_an_item_without_a_quantity_counts_as_one() -> None:
    metered = item()
    del metered["quantity"]
    assert state(items=listed(metered)).items[0].quantity == 1


@pytest.mark.parametrize(
    "price",
    [
        {"price": {"id": "price_9", "product": "prod_9"}},
        {"price": {"id": "price_9", "product": {"id": "prod_9", "object": "product"}}},
        {"price": {"id": "price_9", "product": "prod_9"}, "plan": None},
        {"price": {"id": "price_9", "product": "prod_9"}, "plan": {"id": "obj_1"}},
        {"price": None, "plan": {"id": "price_9", "product": "prod_9"}},
    ],
)
def test_the_price_is_the_items_else_its_plan(price: dict[str, Any]) -> None:
    found = state(items=listed(item() | price)).items[0]
    assert (found.price, found.product) == ("price_9", "prod_9")


def test_a_price_may_be_its_id_alone_and_a_product_may_be_missing() -> None:
    found = state(items=listed(item() | {"price": "price_9"})).items[0]
    assert (found.price, found.product) == ("price_9", None)


@pytest.mark.parametrize("type_", TYPES[:-1])
@pytest.mark.parametrize("status", ["active", "canceled"])
def test_an_item_without_a_price_is_refused(type_: str, status: str) -> None:
    unpriced = item(identity="si_2") | {"price": None, "plan": None}
    subject = subscription(status=status, items=listed(item(), unpriced))
    assert "(data.object.items.data.1.price)" in refused(subject, type_=type_)


def test_what_is_deleted_is_not_followed_and_needs_no_price() -> None:
    unpriced = item() | {"price": None, "plan": None}
    assert state_of(ended(items=listed(unpriced)), type_=DELETED).items == (Item("si_1", "", None, 1, END),)


@pytest.mark.parametrize("items", [None, [], {}, {"data": None}, {"data": []}, {"data": {}}, "?"])
def test_a_subscription_without_items_is_refused(items: Any) -> None:
    assert "(data.object.items" in refused(subscription(items=items))


def test_a_subscription_with_more_items_than_it_lists_is_refused_for_the_rest_would_count_as_removed() -> None:
    assert "subscription sub_1 has more items" in refused(subscription(items=listed(item(), has_more=True)))


# ---------------------------------------------------------------------------- periods


@pytest.mark.parametrize("era", BEFORE)
def test_before_basil_the_period_is_the_subscriptions(era: str) -> None:
    assert [each.period_end for each in state(era, end=END + 9).items] == [END + 9]


def test_since_basil_each_item_has_its_own_period() -> None:
    items = listed(item(end=AT + 5), item(identity="si_2", end=END + 9))
    assert [each.period_end for each in state(items=items, current_period_end=END).items] == [AT + 5, END + 9]
    assert state(items=items).period_end == END + 9


@pytest.mark.parametrize("nothing", [{}, {"current_period_end": None}])
def test_an_item_without_a_period_has_the_subscriptions(nothing: dict[str, Any]) -> None:
    items = listed(item(end=None) | nothing)
    assert state(items=items, current_period_end=END).items[0].period_end == END


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("nothing", [{}, {"current_period_end": None}])
def test_a_missing_period_is_refused_and_does_not_mean_now(type_: str, nothing: dict[str, Any]) -> None:
    subject = subscription(items=listed(item(), item(identity="si_2", end=None) | nothing))
    assert "(data.object.items.data.1.current_period_end)" in refused(subject, type_=type_)
    gone = ended(items=listed(item(end=None) | nothing))
    assert "(data.object.items.data.0.current_period_end)" in refused(gone, type_=type_)


@pytest.mark.parametrize("garbage", ["1700000000", True, -1, 2**32, 1.0, []])
def test_a_period_that_is_no_time_is_refused(garbage: Any) -> None:
    wrong = item() | {"current_period_end": garbage}
    assert "(data.object.items.data.0.current_period_end)" in refused(subscription(items=listed(wrong)))
    assert "(data.object.current_period_end)" in refused(subscription("old", end=garbage), "old")
