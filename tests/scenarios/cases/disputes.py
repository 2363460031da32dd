"""Disputes: what holds, what lifts, and that the latest outcome counts."""

from scenarios.telling.registry import add, case
from scenarios.telling.sales import Sale
from scenarios.telling.story import Story

TAKEN, BACK = -2_500, 2_500


def _sold(story: Story) -> Sale:
    sale = Sale(story, ("price_forever", 1))
    sale.completed()
    story.passes(days=20)
    return sale


@case("A dispute is won")
def dispute_won(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen", holds=["dispute"])
    story.passes(days=3)
    payment.disputed("updated", "under_review", TAKEN)
    story.expect({"forever": "frozen"})
    story.passes(days=40)
    payment.disputed("closed", "won", TAKEN, BACK)
    story.expect({"forever": "active"}, audit_ends_with="license.reactivated", holds=[])


@case("A dispute is lost")
def dispute_lost(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    story.passes(days=40)
    payment.disputed("closed", "lost", TAKEN)
    story.expect({"forever": "frozen"})


@case("An inquiry is closed: no money has moved")
def inquiry_closed(story: Story) -> None:
    payment = _sold(story).payment
    for kind, status in (
        ("created", "warning_needs_response"),
        ("updated", "warning_under_review"),
        ("closed", "warning_closed"),
    ):
        payment.disputed(kind, status)
        story.expect({"forever": "active"}, holds=[])
        story.passes(days=2)


def _escalates(kind: str) -> None:
    def tell(story: Story) -> None:
        payment = _sold(story).payment
        payment.disputed("created", "warning_needs_response")
        story.expect({"forever": "active"})
        story.passes(days=1)
        payment.disputed(kind, "needs_response", TAKEN)
        story.expect({"forever": "frozen"}, delivery="succeeded")

    add(f"inquiry_escalates_{kind}", f"An inquiry becomes a dispute, as charge.dispute.{kind} tells", tell)


_escalates("updated")
_escalates("funds_withdrawn")


@case("An inquiry escalates, and its last event alone arrives")
def only_the_end_is_heard(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("closed", "lost", TAKEN)
    story.expect({"forever": "frozen"})


@case("A dispute is prevented before money is taken")
def prevented(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "prevented")
    story.expect({"forever": "active"})
    story.passes(seconds=2)
    payment.disputed("closed", "prevented")
    story.expect({"forever": "active"}, holds=[])


@case("A dispute is prevented, and the money was taken")
def prevented_and_taken(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "prevented", TAKEN)
    story.expect({"forever": "frozen"}, holds=["dispute"])
    payment.disputed("closed", "prevented", TAKEN)
    story.expect({"forever": "frozen"})


@case("A refund prevents a dispute, and speaks for itself")
def prevented_by_refund(story: Story) -> None:
    payment = _sold(story).payment
    payment.refunded(2_500)
    payment.disputed("created", "prevented")
    story.expect({"forever": "frozen"}, holds=["refund"])


@case("The money comes back while the dispute is under review")
def funds_reinstated(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    payment.disputed("funds_withdrawn", "needs_response", TAKEN)
    story.expect({"forever": "frozen"})
    story.passes(days=30)
    payment.disputed("funds_reinstated", "under_review", TAKEN, BACK)
    story.expect({"forever": "active"}, audit_ends_with="license.reactivated")


@case("A lost dispute is won by an appeal")
def won_by_appeal(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    story.passes(days=40)
    payment.disputed("closed", "lost", TAKEN)
    for status in ("appeal_needs_response", "appeal_under_review"):
        story.passes(days=5)
        payment.disputed("updated", status, TAKEN)
        story.expect({"forever": "frozen"}, delivery="succeeded")
    story.passes(days=30)
    payment.disputed("closed", "won", TAKEN, BACK)
    story.expect({"forever": "active"})


@case("A dispute that was won is lost by arbitration")
def lost_by_arbitration(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    story.passes(days=40)
    payment.disputed("closed", "won", TAKEN, BACK)
    story.expect({"forever": "active"})
    story.passes(days=60)
    payment.disputed("closed", "lost", TAKEN, BACK, TAKEN)
    story.expect({"forever": "frozen"}, audit_ends_with="license.frozen")


@case("A dispute of an older API ends because the money was given back; the refund speaks for itself")
def ended_by_refund(story: Story) -> None:
    payment = _sold(story).payment
    payment.disputed("created", "needs_response", TAKEN)
    story.expect({"forever": "frozen"})
    story.passes(days=1)
    payment.disputed("closed", "charge_refunded", TAKEN, BACK)
    story.expect({"forever": "active"})


@case("A dispute does not say its payment intent: the charge does")
def dispute_without_intent(story: Story) -> None:
    sale = _sold(story)
    story.at_stripe(sale.payment.charge)
    sale.payment.disputed("created", "needs_response", TAKEN, payment_intent=None)
    story.expect({"forever": "frozen"})
