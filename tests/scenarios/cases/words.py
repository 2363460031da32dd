"""Words that are true: of a license's status before and after, and of what could matter."""

from scenarios.telling import shapes
from scenarios.telling.registry import case
from scenarios.telling.sales import Sale
from scenarios.telling.story import Story


@case("A refund fails after the license was revoked: nothing is reactivated")
def refund_fails_after_revoked(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_500)
    story.passes(hours=1)
    story.calls("POST /v1/licenses/{id}/revoke")
    sale.payment.refund(2_500, "failed", "refund.failed")
    story.expect({"forever": "revoked"}, audit_ends_with="refund.failed")


@case("A dispute is won after the license was revoked: nothing is reactivated")
def dispute_won_after_revoked(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.disputed("created", "needs_response", -2_500)
    story.passes(days=1)
    story.calls("POST /v1/licenses/{id}/revoke")
    story.passes(days=30)
    sale.payment.disputed("closed", "won", -2_500, 2_500)
    story.expect({"forever": "revoked"}, audit_ends_with="dispute.won")


@case("A type that could never matter may be taken off")
def never_matters(story: Story) -> None:
    Sale(story, ("price_forever", 1)).completed()
    story.event("product.updated", {"id": "prod_forever", "object": "product", "livemode": False})
    story.expect({"forever": "active"}, delivery="ignored", reason_contains="take it off")


@case("A price that was made up for one sale can never be mapped: the delivery says what to do")
def price_made_up(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    made_up = {**shapes.price("price_1Z9", 2_500), "active": False, "product": "prod_1Z9"}
    sale.has_lines(shapes.line_item(f"li_{story.name}", made_up, 1))
    sale.completed()
    story.expect({}, delivery="failed", reason_contains="price_data")
