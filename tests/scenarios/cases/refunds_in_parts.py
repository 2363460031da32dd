"""Refunds in parts: what is everything, and what was never captured."""

from scenarios.telling.registry import case
from scenarios.telling.sales import Sale
from scenarios.telling.story import Story, without


@case("A part is given back")
def part_given_back(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(700)
    story.expect({"forever": "active"}, delivery="succeeded", audit_ends_with="refund.partial")


@case("A part is given back, and the organization freezes then", settings={"freeze_on_partial_refund": True})
def part_freezes(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(700)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen")


@case("Two parts are everything; then the second comes back")
def two_parts(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(1_000)
    story.expect({"forever": "active"}, audit_ends_with="refund.partial")
    story.passes(hours=1)
    sale.payment.refunded(2_500)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen")
    story.passes(hours=1)
    sale.payment.refund(1_500, "canceled", name="2")
    story.expect({"forever": "active"}, audit_ends_with="license.reactivated")


@case("What was never captured is not given back")
def partial_capture(story: Story) -> None:
    sale = Sale(story, ("price_forever", 2))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_000, amount_captured=3_000)
    story.expect({"forever": "active"}, audit_ends_with="order.created")


@case("A part of what was captured is given back")
def part_of_capture(story: Story) -> None:
    sale = Sale(story, ("price_forever", 2))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_600, amount_captured=3_000)
    story.expect({"forever": "active"}, audit_ends_with="refund.partial")


@case("All that was captured is given back")
def whole_capture(story: Story) -> None:
    sale = Sale(story, ("price_forever", 2))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_000, amount_captured=3_000)
    story.passes(days=1)
    sale.payment.refunded(5_000)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen")


@case("A charge of an older API does not say how much was captured: all of it")
def capture_not_told(story: Story) -> None:
    story.api_version = "2018-11-08"
    sale = Sale(story, ("price_forever", 1))
    sale.payment.charge = without(sale.payment.charge, "amount_captured")
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_500)
    story.expect({"forever": "frozen"})


@case("A released authorization of an older API looks like a refund: nothing was given back")
def release_as_refund(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.payment.charge |= {"captured": False, "amount_captured": 0}
    sale.completed(payment_status="unpaid")
    story.passes(days=7)
    sale.payment.refunded(2_500)
    story.expect({})


@case("What is given back was for an order without license")
def order_without_license(story: Story) -> None:
    sale = Sale(story, ("price_mug", 2))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(5_000)
    story.expect({}, delivery="succeeded", reason_contains="license")


@case(
    "A person lets go on what was given back in part; a further refund freezes again",
    settings={"freeze_on_partial_refund": True},
    is_ordered=True,
)
def further_refund(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(500)
    story.expect({"forever": "frozen"})
    story.calls("POST /v1/licenses/{id}/reactivate")
    story.expect({"forever": "active"})
    story.passes(hours=1)
    sale.payment.refunded(900)
    story.expect({"forever": "frozen"})
