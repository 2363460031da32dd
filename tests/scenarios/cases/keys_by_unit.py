"""One key for each unit: more units mint more keys, fewer freeze the newest."""

from scenarios.telling.registry import case
from scenarios.telling.story import Story
from scenarios.telling.subscriptions import Subscription


@case("Three keys become two: the newest is frozen", has_surplus=True)
def keys_fall(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", 3))
    bought.completed()
    story.expect({"solo": "active active active"}, mails=1)
    story.passes(days=1)
    bought.change(quantity=2)
    bought.tells()
    story.expect({"solo": "active active frozen"}, holds=["quantity"], mails=1)


@case("Three keys become one, then five: the frozen ones come back, and more are mailed")
def keys_fall_and_rise(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", 3))
    bought.completed()
    story.passes(days=1)
    bought.change(quantity=1)
    bought.tells()
    story.expect({"solo": "active frozen frozen"}, mails=1)
    story.passes(days=1)
    bought.change(quantity=5)
    bought.tells()
    story.expect({"solo": "active active active active active"}, holds=[], mails=2)


@case("Two keys become four, then one", has_surplus=True)
def keys_rise_and_fall(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", 2))
    bought.completed()
    story.passes(days=1)
    bought.change(quantity=4)
    bought.tells()
    story.expect({"solo": "active active active active"}, mails=2)
    story.passes(days=1)
    bought.change(quantity=1)
    bought.tells()
    story.expect({"solo": "active frozen frozen frozen"}, mails=2)


@case("More keys while nobody pays: they are not valid, and not mailed")
def keys_rise_unpaid(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", 2))
    bought.completed()
    story.passes(days=40)
    bought.change(quantity=4)
    bought.tells(status="unpaid")
    story.expect({"solo": "frozen frozen frozen frozen"}, mails=1, billing="unpaid")
    story.passes(days=3)
    bought.tells(status="active")
    story.expect({"solo": "active active active active"}, billing="active", holds=[])


@case("Fewer keys, and the subscription ends: all have expired")
def fewer_keys_and_the_end(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", 3))
    bought.completed()
    story.passes(days=2)
    bought.change(quantity=2)
    bought.tells()
    story.passes(days=28)
    bought.ends()
    story.expect({"solo": "expired expired frozen"}, billing="canceled")


@case("A metered item has no quantity, and counts as one")
def metered(story: Story) -> None:
    bought = Subscription(story, ("price_solo_keys", None))
    bought.completed()
    story.expect({"solo": "active"}, delivery="succeeded")
    story.passes(days=1)
    bought.tells()
    story.expect({"solo": "active"}, delivery="succeeded", billing="active")
