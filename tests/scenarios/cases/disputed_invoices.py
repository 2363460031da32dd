"""Disputes of a subscription's payments: what they concern, and what is kept when they are won."""

from scenarios.telling import billing_shapes
from scenarios.telling.registry import case
from scenarios.telling.story import Story
from scenarios.telling.subscriptions import Subscription

TAKEN, BACK = -2_500, 2_500


@case("A renewal is disputed: the perpetual license of the same cart stays")
def renewal_disputed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    story.passes(days=9)
    bought.payment(second).disputed("created", "needs_response", TAKEN)
    story.expect({"solo": "frozen", "forever": "active"}, holds=["dispute"])


@case("A subscription's first invoice is disputed: the whole order")
def first_invoice_disputed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=9)
    bought.payment(bought.first_invoice).disputed("created", "needs_response", -5_000)
    story.expect({"solo": "frozen", "forever": "frozen"})


@case("A proration is disputed: a part of the order")
def proration_disputed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=12)
    line = billing_shapes.line_of_item(f"il_{story.name}", bought.items[0], bought.id, 410, proration=True)
    bought.payment(bought.invoice("subscription_update", lines=[line])).disputed("created", "needs_response", -410)
    story.expect({"solo": "active"})


def _disputed_and_ended(story: Story) -> Subscription:
    bought = Subscription(story, ("price_solo_yearly", 1), period=365 * 86_400)
    bought.completed()
    story.passes(days=50)
    return bought


@case("A dispute ends the subscription, and is won: the customer keeps the year")
def won_after_the_end(story: Story) -> None:
    bought = _disputed_and_ended(story)
    year = bought.items[0]["current_period_end"]
    payment = bought.payment(bought.first_invoice)
    payment.disputed("created", "needs_response", TAKEN)
    story.passes(seconds=2)
    bought.ends("payment_disputed")
    story.expect({"solo": "frozen"}, billing="canceled")
    story.passes(days=44)
    payment.disputed("closed", "won", TAKEN, BACK)
    story.expect({"solo": "active"}, expires_at=year, billing="canceled")


@case("A dispute ends the subscription, and is lost")
def lost_after_the_end(story: Story) -> None:
    bought = _disputed_and_ended(story)
    payment = bought.payment(bought.first_invoice)
    payment.disputed("created", "needs_response", TAKEN)
    bought.ends("payment_disputed")
    story.passes(days=44)
    payment.disputed("closed", "lost", TAKEN)
    story.expect({"solo": "frozen"}, billing="canceled")
