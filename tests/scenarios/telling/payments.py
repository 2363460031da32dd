"""What happens to a payment: it is refunded, the refund comes back, it is disputed."""

from dataclasses import dataclass
from typing import Any

from scenarios.telling import shapes
from scenarios.telling.shapes import Json
from scenarios.telling.story import Story


@dataclass
class Payment:
    """A charge and its payment intent."""

    story: Story
    charge: Json

    @classmethod
    def made(cls, story: Story, name: str, amount: int, buyer: str | None) -> "Payment":
        return cls(story, shapes.charge(f"ch_{name}", f"pi_{name}", amount, story.now, buyer))

    @property
    def intent(self) -> str:
        return str(self.charge["payment_intent"])

    def refunded(self, total: int, **changes: Any) -> None:
        """Give money back, `total` in all by now, and tell it."""
        self.charge |= {"amount_refunded": total, "refunded": total >= self.charge["amount"], **changes}
        self.story.at_stripe(self.charge)
        self.story.event("charge.refunded", self.charge)

    def refund(self, amount: int, status: str, kind: str = "refund.updated", name: str = "1", **changes: Any) -> None:
        """Tell of one refund; if it came back, the charge has that much less refunded."""
        about = {**self.refund_shape(amount, status, name), **changes}
        if status in ("failed", "canceled"):
            self.charge["amount_refunded"] -= min(amount, self.charge["amount_refunded"])
            self.charge["refunded"] = False
        self.story.at_stripe(about, self.charge)
        self.story.event(kind, about)

    def refund_shape(self, amount: int, status: str, name: str = "1") -> Json:
        return shapes.refund(f"re_{self.charge['id']}_{name}", self.charge, amount, status, self.story.now)

    def disputed(self, kind: str, status: str, *moved: int, name: str = "1", **changes: Any) -> None:
        """Tell of its dispute; `moved`: what the balance transactions took (less than zero) or gave back."""
        about = {**self.dispute_shape(status, *moved, name=name), **changes}
        self.story.at_stripe(about)
        self.story.event(f"charge.dispute.{kind}", about)

    def dispute_shape(self, status: str, *moved: int, name: str = "1") -> Json:
        return shapes.dispute(f"du_{self.charge['id']}_{name}", self.charge, status, moved, self.charge["created"] + 1)

    def tells(self, kind: str, **changes: Any) -> None:
        """Tell of the payment intent, as `succeeded` or `canceled`."""
        about = shapes.payment_intent(
            self.intent, self.charge["id"], self.charge["amount"], self.charge["created"], **changes
        )
        self.story.at_stripe(about)
        self.story.event(f"payment_intent.{kind}", about)

    def tells_charge(self, kind: str, **changes: Any) -> None:
        """Tell of the charge, as `captured` or `expired`."""
        self.charge |= changes
        self.story.at_stripe(self.charge)
        self.story.event(f"charge.{kind}", self.charge)
