"""Of a period that nobody paid for, nothing is given away."""

from scenarios.telling import billing_shapes
from scenarios.telling.registry import add, case
from scenarios.telling.shapes import BEGINNING, MONTH, YEAR
from scenarios.telling.story import Story
from scenarios.telling.subscriptions import Subscription


@case("The month is given back, and then the subscription is canceled")
def given_back_and_canceled(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=5)
    bought.payment(bought.first_invoice).refunded(2_500)
    story.passes(hours=1)
    bought.ends()
    story.expect({"solo": "frozen"}, expires_at=story.now, billing="canceled")


@case("The subscription is canceled, and then the month is given back")
def canceled_and_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=5)
    bought.ends()
    ended = story.now
    story.expect({"solo": "active"}, expires_at=BEGINNING + MONTH)
    story.passes(hours=1)
    bought.payment(bought.first_invoice).refunded(2_500)
    story.expect({"solo": "frozen"}, expires_at=ended, billing="canceled")


@case("The subscription is canceled in the second month, which is then given back")
def second_month_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    story.passes(days=5)
    bought.ends()
    ended = story.now
    story.passes(hours=1)
    bought.payment(second).refunded(2_500)
    story.expect({"solo": "frozen"}, expires_at=ended)


@case("A month is given back of a subscription that was canceled in a later one")
def another_month_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    story.passes(days=30)
    bought.renews()
    story.passes(days=5)
    bought.ends()
    story.passes(hours=1)
    bought.payment(second).refunded(2_500)
    story.expect({"solo": "active"}, expires_at=BEGINNING + 3 * MONTH)


@case("A proration that nobody pays takes no paid year")
def unpaid_proration(story: Story) -> None:
    bought = Subscription(story, ("price_solo_yearly", 1), period=YEAR)
    bought.completed()
    story.passes(days=40)
    bought.change(name="price_band")
    line = billing_shapes.line_of_item(f"il_{story.name}", bought.items[0], bought.id, 1_300, proration=True)
    prorated = bought.invoice("subscription_update", lines=[line])
    bought.tells(status="past_due")
    bought.fails(prorated)
    story.expect({"band": "active"}, billing="past_due", expires_at=None)
    story.passes(days=20)
    bought.ends("payment_failed")
    story.expect({"band": "active"}, expires_at=BEGINNING + YEAR, billing="canceled")


def _unpaid_year(status: str) -> None:
    def tell(story: Story) -> None:
        bought = Subscription(story, ("price_solo_yearly", 1), period=YEAR)
        bought.completed()
        story.passes(days=365)
        renewal = bought.renews(paid=False)
        story.at_stripe({**renewal, "status": status, "amount_paid": 0})
        bought.tells(status="past_due")
        story.expect({"solo": "active"}, billing="past_due", expires_at=None)
        story.passes(days=9)
        bought.ends()
        story.expect({"solo": "expired"}, expires_at=story.now, billing="canceled", paid_through=BEGINNING + YEAR)

    add(f"canceled_with_{status}_renewal", f"Canceled by hand while the year's invoice is {status}", tell)


for _status in ("draft", "open", "void", "uncollectible"):
    _unpaid_year(_status)


@case("A renewal fails for good: it ends when Stripe ends it")
def renewal_fails(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews(paid=False)
    bought.is_now(status="past_due")
    bought.fails(second)
    story.expect({"solo": "active"}, billing="past_due", expires_at=None)
    story.passes(days=14)
    bought.ends("payment_failed")
    story.expect({"solo": "expired"}, expires_at=story.now)


@case("The invoice of what ended is paid after all")
def paid_after_the_end(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews(paid=False)
    story.passes(days=3)
    bought.ends()
    story.expect({"solo": "expired"}, expires_at=story.now)
    story.passes(days=2)
    bought.pays(second)
    story.expect({"solo": "active"}, expires_at=BEGINNING + 2 * MONTH)
