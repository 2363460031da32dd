"""Refunds of a subscription's payments: which licenses they concern follows from what the payment was for."""

from scenarios.telling import billing_shapes
from scenarios.telling.registry import add, case
from scenarios.telling.story import Story
from scenarios.telling.subscriptions import Subscription


@case("A renewal is given back: the subscription's license waits for the next period, the perpetual one stays")
def renewal_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    story.passes(days=2)
    bought.payment(second).refunded(2_500)
    story.expect({"solo": "frozen", "forever": "active"}, holds=["refund"])
    story.passes(days=28)
    bought.renews()
    story.expect({"solo": "active", "forever": "active"}, holds=[], billing="active")


@case("A renewal is given back when the next one is paid already")
def old_renewal_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    story.passes(days=30)
    bought.renews()
    story.passes(days=1)
    bought.payment(second).refunded(2_500)
    story.expect({"solo": "active"}, billing="active")


@case("The refund of a renewal is canceled")
def renewal_refund_canceled(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=30)
    payment = bought.payment(bought.renews())
    story.passes(days=1)
    payment.refunded(2_500)
    story.expect({"solo": "frozen"})
    story.passes(days=1)
    payment.refund(2_500, "canceled")
    story.expect({"solo": "active"}, audit_ends_with="license.reactivated")


@case("A renewal's charge of an older API names its invoice")
def renewal_of_2023(story: Story) -> None:
    story.api_version = "2023-10-16"
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=30)
    second = bought.renews()
    bought.payment(second).refunded(2_500, invoice=second["id"])
    story.expect({"solo": "frozen", "forever": "active"})


@case("A subscription's first invoice is given back: the whole order")
def first_invoice_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1), once=(("price_forever", 1),))
    bought.completed()
    story.passes(days=1)
    bought.payment(bought.first_invoice).refunded(5_000)
    story.expect({"solo": "frozen", "forever": "frozen"}, holds=["refund"])


def _prorated(name: str, title: str, of_item: bool) -> None:
    def tell(story: Story) -> None:
        bought = Subscription(story, ("price_solo", 1))
        bought.completed()
        story.passes(days=12)
        line = billing_shapes.line_of_item(f"il_{name}", bought.items[0], bought.id, 410, proration=True)
        if not of_item:
            details = {"invoice_item": f"ii_{name}", "proration": True, "subscription": bought.id}
            line["parent"] = {"invoice_item_details": details, "type": "invoice_item_details"}
        prorated = bought.invoice("subscription_update", lines=[line])
        story.passes(hours=1)
        bought.payment(prorated).refunded(410)
        story.expect({"solo": "active"}, audit_ends_with="refund.partial", delivery="succeeded")

    add(name, title, tell)


_prorated("proration_given_back", "A proration is given back, whole: a part of the order", of_item=True)
_prorated("pending_proration_given_back", "A proration that was an invoice item is given back", of_item=False)


@case("A manual invoice of the subscription is given back: a part of the order")
def manual_invoice_given_back(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    story.passes(days=3)
    line = billing_shapes.line_of_price(f"il_{story.name}", bought.items[0]["price"], 1, bought.id, story.now)
    bought.payment(bought.invoice("manual", lines=[line])).refunded(2_500)
    story.expect({"solo": "active"}, audit_ends_with="refund.partial")


@case("An invoice was paid in two payments, and both are given back, one after the other")
def two_payments(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    one = bought.payment(bought.first_invoice, 1_500, "_a")
    other = bought.payment(bought.first_invoice, 1_000, "_b")
    story.passes(days=1)
    one.refunded(1_500)
    story.expect({"solo": "active"}, audit_ends_with="refund.partial")
    story.passes(days=1)
    other.refunded(1_000)
    story.expect({"solo": "frozen"}, audit_ends_with="license.frozen")


@case("Parts of two payments are everything together; then one comes back")
def parts_of_two_payments(story: Story) -> None:
    bought = Subscription(story, ("price_solo", 1))
    bought.completed()
    one = bought.payment(bought.first_invoice, 1_500, "_a")
    other = bought.payment(bought.first_invoice, 1_000, "_b")
    story.passes(days=1)
    one.refunded(600)
    story.passes(hours=1)
    other.refunded(1_000)
    story.expect({"solo": "active"})
    story.passes(hours=1)
    one.refunded(1_500)
    story.expect({"solo": "frozen"})
    story.passes(hours=1)
    other.refund(1_000, "canceled")
    story.expect({"solo": "active"})
