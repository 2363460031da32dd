"""Refunds: what comes back, how much is given back in all, and which licenses it concerns."""

from scenarios.telling.registry import add, case
from scenarios.telling.sales import Sale
from scenarios.telling.story import Story


@case("A refund is canceled: the vendor keeps the money")
def refund_canceled(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(days=1)
    sale.payment.refunded(2_500)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen", holds=["refund"])
    story.passes(hours=3)
    sale.payment.refund(2_500, "canceled")
    story.expect({"forever": "active"}, audit_ends_with="license.reactivated", holds=[])


def _comes_back(kind: str, status: str) -> None:
    def tell(story: Story) -> None:
        sale = Sale(story, ("price_forever", 1))
        sale.completed()
        story.passes(days=1)
        sale.payment.refunded(2_500)
        story.expect({"forever": "frozen"})
        story.passes(days=2)
        sale.payment.refund(2_500, status, kind)
        story.expect({"forever": "active"}, audit_ends_with="license.reactivated", delivery="succeeded")

    add(f"{kind.replace('.', '_')}_{status}", f"{kind} tells that a refund is {status}", tell)


_comes_back("refund.failed", "failed")
_comes_back("refund.updated", "failed")
_comes_back("charge.refund.updated", "failed")
_comes_back("charge.refund.updated", "canceled")


@case("That a refund failed is heard before the refund itself")
def failure_comes_first(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    sale.payment.charge |= {"amount_refunded": 2_500}
    story.passes(hours=9)
    sale.payment.refund(2_500, "failed", "refund.failed")
    story.passes(hours=-1)
    sale.payment.refunded(2_500)
    story.at_stripe({**sale.payment.charge, "amount_refunded": 0, "refunded": False})
    story.expect({"forever": "active"})


@case("A refund fails, and is made again")
def refund_made_again(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refunded(2_500)
    story.passes(days=3)
    sale.payment.refund(2_500, "failed", "refund.failed")
    story.expect({"forever": "active"})
    story.passes(hours=1)
    sale.payment.refunded(2_500)
    story.expect({"forever": "frozen"})


@case("A refund waits: only what was given back freezes")
def refund_waits(story: Story) -> None:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(hours=1)
    sale.payment.refund(2_500, "pending", "refund.created")
    story.expect({"forever": "active"}, delivery="ignored", reason_lacks="take it off")
    sale.payment.refund(2_500, "requires_action")
    story.expect({"forever": "active"}, delivery="ignored", reason_lacks="take it off")
    sale.payment.refund(2_500, "succeeded")
    story.expect({"forever": "active"}, delivery="ignored", reason_lacks="take it off")
    sale.payment.refunded(2_500)
    story.expect({"forever": "frozen"}, delivery="succeeded")
