"""The subscription's status: what is valid, what is held, and what is only told."""

from scenarios.telling.registry import add, case
from scenarios.telling.sales import Sale
from scenarios.telling.shapes import BEGINNING, DAY
from scenarios.telling.story import SUBSCRIPTIONS, Story
from scenarios.telling.subscriptions import Subscription


@case("A renewal is late, and paid")
def past_due(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews(paid=False)
    bought.tells(status="past_due")
    bought.fails(second)
    story.expect({"solo": "active"}, billing="past_due", audit_ends_with="subscription.changed", holds=[])
    story.passes(days=5)
    bought.is_now(status="active")
    bought.pays(second)
    bought.tells()
    story.expect({"solo": "active"}, billing="active", mails=1)


@case("Stripe gives up and leaves it unpaid; the customer pays in the end")
def unpaid_and_paid(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews(paid=False)
    bought.tells(status="past_due")
    story.passes(days=20)
    bought.tells(status="unpaid")
    story.expect({"solo": "frozen"}, billing="unpaid", audit_ends_with="license.frozen")
    story.passes(days=11)
    bought.is_now(status="active")
    bought.pays(second)
    bought.tells()
    story.expect({"solo": "active"}, billing="active", holds=[])


@case("Stripe leaves it unpaid for good")
def unpaid_for_good(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    bought.renews(paid=False)
    story.passes(days=20)
    bought.tells(status="unpaid")
    story.expect({"solo": "frozen"}, billing="unpaid")
    story.passes(days=60)
    bought.tells()
    story.expect({"solo": "frozen"}, billing="unpaid")


@case("What was unpaid is canceled: it has expired")
def unpaid_and_canceled(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    bought.renews(paid=False)
    story.passes(days=20)
    bought.tells(status="unpaid")
    story.passes(days=5)
    bought.ends()
    story.expect({"solo": "expired"}, expires_at=story.now, billing="canceled", holds=[])


@case("A trial ends without a card: paused, until the customer comes back")
def trial_paused(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), period=14 * DAY, free=True)
    trial = {"trial_start": story.now, "trial_end": story.now + 14 * DAY}
    bought.is_now(status="trialing", **trial)
    bought.completed(payment_status="no_payment_required")
    story.expect({"solo": "active"}, billing="trialing")
    story.passes(days=14, seconds=3)
    bought.tells("paused", status="paused")
    story.expect({"solo": "frozen"}, billing="paused", audit_ends_with="license.frozen")
    story.passes(days=10)
    bought.unit = 2_500
    bought.change(current_period_start=story.now, current_period_end=story.now + 30 * DAY)
    bought.is_now(status="active")
    bought.pays(bought.invoice("subscription_cycle"))
    bought.tells("resumed")
    story.expect({"solo": "active"}, billing="active", holds=[])


@case("Paused in the middle of a paid month: it holds from the month's end")
def paused_in_the_middle(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=10)
    bought.tells("paused", status="paused")
    story.expect({"solo": "active"}, billing="paused", paid_through=BEGINNING + 30 * DAY)
    story.passes(days=21)
    bought.tells()
    story.expect({"solo": "frozen"}, billing="paused")


@case("Paused in the middle of a paid month, and canceled: the month is kept")
def paused_and_canceled(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=10)
    bought.tells("paused", status="paused")
    story.passes(days=2)
    bought.ends()
    story.expect({"solo": "active"}, expires_at=BEGINNING + 30 * DAY, billing="canceled")


def _collection_paused(behavior: str) -> None:
    def tell(story: Story) -> None:
        bought = Subscription(story, ("price_solo", 1))
        bought.completed()
        story.expect(collection_paused=False)
        story.passes(days=2)
        bought.tells(pause_collection={"behavior": behavior, "resumes_at": None})
        story.expect({"solo": "active"}, billing="active", collection_paused=True, expires_at=None)

    add(f"collection_paused_{behavior}", f"Payments are not collected ({behavior}): valid, and told", tell)


for _behavior in ("keep_as_draft", "mark_uncollectible", "void"):
    _collection_paused(_behavior)


@case(
    "Payments are not collected, and the organization freezes then",
    settings={"freeze_on_paused_collection": True},
)
def collection_paused_freezes(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=2)
    bought.tells(pause_collection={"behavior": "void", "resumes_at": None})
    story.expect({"solo": "frozen", "forever": "active"}, billing="active", collection_paused=True)
    story.passes(days=2)
    bought.tells(pause_collection=None)
    story.expect({"solo": "active", "forever": "active"}, collection_paused=False, holds=[])


@case("A first payment is never made: no license")
def never_paid(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    story.at_stripe({**bought.first_invoice, "status": "open", "amount_paid": 0})
    bought.is_now(status="incomplete")
    bought.completed(payment_status="unpaid")
    story.expect({}, delivery="waiting")
    story.passes(hours=23)
    story.at_stripe({**bought.first_invoice, "status": "void", "amount_paid": 0})
    bought.tells(status="incomplete_expired")
    story.expect({})


@case("A trial becomes a paid subscription")
def trial_paid(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), period=14 * DAY, free=True)
    bought.is_now(status="trialing", trial_start=story.now, trial_end=story.now + 14 * DAY)
    bought.completed(payment_status="no_payment_required")
    story.passes(days=14)
    bought.unit, bought.period = 2_500, 30 * DAY
    bought.is_now(status="active")
    bought.renews()
    story.expect({"solo": "active"}, billing="active", paid_through=BEGINNING + 44 * DAY, expires_at=None)


@case("What is no subscription has no billing")
def no_billing(story: Story) -> None:
    Sale(story, ("price_forever", 1)).completed()
    story.expect({"forever": "active"}, billing=None, expires_at=None)


@case(
    "The key may not read subscriptions: the event's own words count, and the delivery says so",
    refused=(SUBSCRIPTIONS,),
)
def without_permission(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.expect({"solo": "active"})
    story.passes(days=30)
    bought.renews(paid=False)
    bought.tells(status="past_due")
    story.expect({"solo": "active"}, billing="past_due", delivery="succeeded", steps_contain="Subscriptions: Read")
    story.passes(days=20)
    bought.tells(status="unpaid")
    story.expect({"solo": "frozen"}, billing="unpaid")
