"""What a subscription includes: plan, seats and keys follow its items."""

from scenarios.telling.registry import case
from scenarios.telling.shapes import Json
from scenarios.telling.story import SUBSCRIPTIONS, Story
from scenarios.telling.subscriptions import Subscription


@case("Three seats become eight, then two of another plan; the key stays")
def seats_follow(story: Story) -> None:
    bought = Subscription(story, ("price_band_seats", 3))
    bought.completed()
    story.expect({"band": "active"}, seats=3)
    story.passes(days=1)
    bought.change(quantity=8)
    bought.tells()
    story.expect({"band": "active"}, seats=8, same_key=True, audit_ends_with="license.changed", mails=1)
    story.passes(days=1)
    bought.change(name="price_solo_seats", quantity=2)
    bought.tells()
    story.expect({"solo": "active"}, seats=2, same_key=True, mails=1)


@case("Somebody upgrades, and goes back")
def upgraded_and_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=1)
    bought.change(name="price_band")
    bought.tells()
    story.expect({"band": "active"}, seats=4, same_key=True)
    story.passes(days=1)
    bought.change(name="price_solo")
    bought.tells()
    story.expect({"solo": "active"}, seats=1, same_key=True)


@case("A price that is mapped by its product only")
def mapped_by_product(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=1)
    bought.change(name="price_orchestra")
    bought.tells()
    story.expect({"band": "active"}, seats=90, same_key=True, delivery="succeeded")


@case("A price without mapping keeps what there is, and fails visibly")
def price_without_mapping(story: Story) -> None:
    bought = Subscription(story, ("price_band_seats", 3))
    bought.completed()
    story.passes(days=1)
    bought.change(name="price_solo_unheard_of", quantity=7)
    bought.tells()
    story.expect({"band": "active"}, seats=3, same_key=True, delivery="failed", reason_contains="price_solo_unheard_of")


@case("An item is added: its license is of the same order, and mailed")
def item_added(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    bought.add("price_band", 1)
    bought.tells()
    story.expect({"solo": "active", "band": "active"}, mails=2, billing="active")


@case("An item is removed: its license expires, the other one stays")
def item_removed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), ("price_band", 1))
    bought.completed()
    story.expect({"solo": "active", "band": "active"}, mails=1)
    story.passes(days=2)
    bought.items.pop()
    bought.tells()
    story.expect({"solo": "active", "band": "expired"}, mails=1)


@case("An item is replaced by another one")
def item_replaced(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    bought.items.pop()
    bought.add("price_band", 1)
    bought.tells()
    story.expect({"solo": "expired", "band": "active"})


@case("An item is added, and removed again", has_surplus=True)
def item_added_and_removed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=2)
    bought.add("price_band", 1)
    bought.tells()
    story.expect({"solo": "active", "band": "active"})
    story.passes(days=2)
    bought.items.pop()
    bought.tells()
    story.expect({"solo": "active", "band": "expired"}, billing="active")


@case("Somebody upgrades, and the first invoice is given back")
def upgraded_and_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=1)
    bought.change(name="price_band")
    bought.tells()
    story.passes(seconds=1)
    bought.payment(bought.first_invoice).refunded(2_500)
    story.expect({"band": "frozen"}, seats=4, same_key=True)


@case("A recurring price of a perpetual plan belongs to the subscription")
def recurring_perpetual(story: Story) -> None:
    bought = Subscription(story, ("price_forever_rent", 1))
    bought.completed()
    story.expect({"forever": "active"}, billing="active")
    story.passes(days=40)
    bought.tells(status="unpaid")
    story.expect({"forever": "frozen"}, billing="unpaid")


@case("What was sold once in the same cart does not belong to the subscription")
def sold_once_beside(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=40)
    bought.tells(status="unpaid")
    story.expect({"solo": "frozen", "forever": "active"}, billing="unpaid")


def _before(quantity: int, item: Json) -> Json:
    return {"items": {"data": [{**item, "quantity": quantity}]}, "quantity": quantity}


@case("Two changes of one second, and the key may not read subscriptions", refused=(SUBSCRIPTIONS,))
def two_changes_at_once(story: Story) -> None:
    bought = Subscription(story, ("price_band_seats", 3))
    bought.tells("created")
    bought.completed()
    story.passes(days=1)
    bought.change(quantity=9)
    about = bought.about
    bought.is_now()
    story.event("customer.subscription.updated", about, _before(3, bought.items[0]), id="evt_two_changes_z")
    bought.change(quantity=2)
    bought.is_now()
    story.event("customer.subscription.updated", bought.about, _before(9, bought.items[0]), id="evt_two_changes_a")
    story.expect({"band": "active"}, seats=2, delivery="succeeded", steps_contain="Subscriptions: Read")
