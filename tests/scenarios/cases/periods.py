"""Paid until: what was paid is kept, and nothing of what was not."""

from scenarios.telling.registry import case
from scenarios.telling.shapes import BEGINNING, DAY, MONTH, YEAR, Json
from scenarios.telling.story import Story
from scenarios.telling.subscriptions import Subscription


@case("A renewal stays a draft for an hour, and nobody expires")
def renewal_is_told(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.expect({"solo": "active"}, expires_at=None, cancels_at=None, billing="active")
    bought.tells("created")
    first, second = BEGINNING + MONTH, BEGINNING + 2 * MONTH
    story.expect({"solo": "active"}, expires_at=None, paid_through=first, cancels_at=None, billing="active")
    story.passes(days=30)
    invoice = bought.renews(paid=False)
    story.expect({"solo": "active"}, expires_at=None, paid_through=first)
    bought.pays(invoice)
    story.expect({"solo": "active"}, expires_at=None, paid_through=second, billing="active")


@case("Canceled at once, ten days into a paid month: the month is kept")
def month_is_kept(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=10)
    bought.ends()
    story.expect(
        {"solo": "active"}, expires_at=BEGINNING + MONTH, billing="canceled", audit_ends_with="license.expiring"
    )


@case("Canceled in the second month, which is paid")
def second_month_is_kept(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    bought.renews()
    story.passes(days=4)
    bought.ends()
    story.expect({"solo": "active"}, expires_at=BEGINNING + 2 * MONTH, paid_through=BEGINNING + 2 * MONTH)


@case("The customer means to cancel at the period's end, and changes their mind")
def mind_changed(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=3)
    end = BEGINNING + MONTH
    bought.tells(cancel_at_period_end=True, cancel_at=end, canceled_at=story.now)
    story.expect({"solo": "active"}, expires_at=end, cancels_at=end, billing="active")
    story.passes(days=3)
    bought.tells(cancel_at_period_end=False, cancel_at=None, canceled_at=None)
    story.expect({"solo": "active"}, expires_at=None, cancels_at=None)


@case("The customer cancels at the period's end, and it comes")
def canceled_at_the_end(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=3)
    end = BEGINNING + MONTH
    bought.tells(cancel_at_period_end=True, cancel_at=end, canceled_at=story.now)
    story.expect({"solo": "active"}, expires_at=end)
    story.passes(days=27)
    bought.ends(canceled_at=BEGINNING + 3 * DAY)
    story.expect({"solo": "expired"}, expires_at=end, billing="canceled")


@case("The subscription is to end on a day three months from now")
def ends_on_a_day(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=1)
    day = BEGINNING + 3 * MONTH
    bought.tells(cancel_at=day, canceled_at=story.now)
    story.expect({"solo": "active"}, expires_at=day, cancels_at=day)


@case("A free month counts as paid")
def free_month(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), free=True)
    bought.completed(payment_status="no_payment_required")
    story.passes(days=4)
    bought.ends()
    story.expect({"solo": "active"}, expires_at=BEGINNING + MONTH)


@case("A trial is canceled: it lasts as long as it was to last")
def trial_canceled(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), period=14 * DAY, free=True)
    bought.is_now(status="trialing", trial_start=story.now, trial_end=story.now + 14 * DAY)
    bought.completed(payment_status="no_payment_required")
    story.expect({"solo": "active"}, billing="trialing", expires_at=None)
    bought.tells("created")
    story.expect({"solo": "active"}, billing="trialing", expires_at=None, paid_through=BEGINNING + 14 * DAY)
    story.passes(days=4)
    bought.ends()
    story.expect({"solo": "active"}, expires_at=BEGINNING + 14 * DAY, billing="canceled")


@case("A month and a year in one subscription end each at its own time")
def periods_of_their_own(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), ("price_band", 1, YEAR))
    bought.completed()
    story.passes(days=10)
    bought.ends()
    story.expect({"solo": "active", "band": "active"}, ends={"solo": BEGINNING + MONTH, "band": BEGINNING + YEAR})


def _with_period_of_its_own(about: Json) -> Json:
    items = [dict(each) for each in about["items"]["data"]]
    period = {name: items[0][name] for name in ("current_period_start", "current_period_end")}
    for each in items:
        del each["current_period_start"], each["current_period_end"]
    return {**about, **period, "items": {**about["items"], "data": items}}


@case("A subscription of an older API has its period itself")
def period_of_2024(story: Story) -> None:
    story.api_version = "2024-06-20"
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=10)
    bought.is_now(status="canceled", ended_at=story.now, canceled_at=story.now)
    story.event("customer.subscription.deleted", _with_period_of_its_own(bought.about))
    story.expect({"solo": "active"}, expires_at=BEGINNING + MONTH)
