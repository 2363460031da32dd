"""A Checkout Session in which something is sold once."""

from typing import Any

from scenarios.telling import shapes
from scenarios.telling.payments import Payment
from scenarios.telling.shapes import Json
from scenarios.telling.story import Story

EMAIL = "nina@example.net"
UNIT = 2_500  # what each price asks for one, in the currency's smallest unit


def price(name: str) -> Json:
    return shapes.price(name, UNIT)


class Sale:
    """`lines`: prices, each with its quantity. Without `has_customer` it is a guest's."""

    def __init__(
        self, story: Story, *lines: tuple[str, int], email: str | None = EMAIL, has_customer: bool = True
    ) -> None:
        self.story = story
        self.buyer = f"cus_{story.name}" if has_customer else None
        amount = UNIT * sum(quantity for _, quantity in lines)
        self.payment = Payment.made(story, story.name, amount, self.buyer)
        self.session = shapes.session(f"cs_test_{story.name}", self.buyer, email, amount, story.now)
        self.session["payment_intent"] = self.payment.intent
        story.at_stripe(self.session)
        if self.buyer:
            story.at_stripe(shapes.customer(self.buyer, email))
        self.has_lines(
            *(
                shapes.line_item(f"li_{story.name}_{place}", price(name), quantity)
                for place, (name, quantity) in enumerate(lines)
            )
        )

    def has_lines(self, *lines: Json) -> None:
        self.story.answers({f"/v1/checkout/sessions/{self.session['id']}/line_items": shapes.listed(*lines)})

    def is_now(self, **changes: Any) -> None:
        """Change the session at Stripe, of which no event tells."""
        self.session |= changes
        self.story.at_stripe(self.session)

    def completed(self, **changes: Any) -> str:
        return self.tells("completed", **changes)

    def tells(self, kind: str, **changes: Any) -> str:
        """Change the session, and let an event tell it; returns the event's id."""
        self.is_now(**changes)
        return self.story.event(f"checkout.session.{kind}", self.session)
