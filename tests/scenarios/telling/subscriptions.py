"""A Checkout Session that begins a subscription, and the subscription's life."""

from typing import Any

from scenarios.telling import billing_shapes, shapes
from scenarios.telling.payments import Payment
from scenarios.telling.sales import EMAIL, UNIT, price
from scenarios.telling.shapes import MONTH, Json
from scenarios.telling.story import Story

Goods = tuple[str, int | None] | tuple[str, int | None, int]  # price, quantity (none if metered), period
PAYMENTS = "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]="


class Subscription:
    """`goods` recur, `once` is sold in the same cart. The first period is `period` seconds long, and `free` or paid."""

    def __init__(
        self,
        story: Story,
        *goods: Goods,
        once: tuple[tuple[str, int], ...] = (),
        period: int = MONTH,
        free: bool = False,
    ) -> None:
        self.story, self.period, self.unit = story, period, 0 if free else UNIT
        self.id, self.buyer = f"sub_{story.name}", f"cus_{story.name}"
        self._count = 0
        self.items: list[Json] = []
        for each in goods:
            self.add(*each)
        self.about = billing_shapes.subscription(self.id, self.buyer, self.items, "", story.now)
        sold_once = [
            billing_shapes.line_of_price(f"il_{story.name}_once{place}", price(name), quantity, self.id, story.now)
            for place, (name, quantity) in enumerate(once)
        ]
        self.first_invoice = self.invoice("subscription_create", sold_once)
        self.session = shapes.session(
            f"cs_test_{story.name}", self.buyer, EMAIL, self.first_invoice["total"], story.now
        )
        self.session |= {"mode": "subscription", "subscription": self.id, "invoice": self.first_invoice["id"]}
        story.at_stripe(self.session, self.about, shapes.customer(self.buyer, EMAIL))
        lines = [
            shapes.line_item(f"li_{story.name}_{place}", price(each[0]), each[1])
            for place, each in enumerate([*goods, *once])
        ]
        story.answers({f"/v1/checkout/sessions/{self.session['id']}/line_items": shapes.listed(*lines)})

    # -------------------------------------------------------------- checkout

    def completed(self, **changes: Any) -> str:
        return self.tells_session("completed", **changes)

    def tells_session(self, kind: str, **changes: Any) -> str:
        self.session |= changes
        self.story.at_stripe(self.session)
        return self.story.event(f"checkout.session.{kind}", self.session)

    # ---------------------------------------------------------- subscription

    def add(self, name: str, quantity: int | None, period: int | None = None) -> None:
        """Add an item, whose period ends with the first one's unless it has one of its own."""
        self._count += 1
        until = self.items[0]["current_period_end"] if self.items else self.story.now + self.period
        until = self.story.now + period if period else until
        self.items.append(
            billing_shapes.item(f"si_{self.story.name}_{self._count}", price(name), quantity, (self.story.now, until))
        )

    def change(self, place: int = 0, name: str | None = None, **changes: Any) -> None:
        """Change an item: its price by `name`, its `quantity`, its period."""
        if name:
            self.items[place]["price"] = price(name)
        self.items[place] |= changes

    def is_now(self, **changes: Any) -> None:
        """Change the subscription at Stripe, of which no event tells."""
        self.about |= {"items": shapes.listed(*self.items), **changes}
        self.story.at_stripe(self.about)

    def tells(self, kind: str = "updated", previous: Json | None = None, **changes: Any) -> str:
        self.is_now(**changes)
        return self.story.event(f"customer.subscription.{kind}", self.about, previous)

    def ends(self, reason: str = "cancellation_requested", **changes: Any) -> str:
        """End it now, and tell it."""
        ended = {"status": "canceled", "ended_at": self.story.now, "canceled_at": self.story.now}
        why = {"comment": None, "feedback": None, "reason": reason}
        return self.tells("deleted", **{**ended, "cancellation_details": why, **changes})

    # ---------------------------------------------------------------- money

    def invoice(self, reason: str, more: list[Json] | None = None, lines: list[Json] | None = None) -> Json:
        """Make an invoice of now, paid, which becomes the latest; of all items, if no `lines` are given."""
        number = f"{self.story.name}_{self.story.now}_{reason.rpartition('_')[2]}"
        own = [
            billing_shapes.line_of_item(f"il_{number}_{place}", each, self.id, self.unit * each.get("quantity", 1))
            for place, each in enumerate(self.items)
        ]
        made = billing_shapes.invoice(
            f"in_{number}", self.id, reason, [*(own if lines is None else lines), *(more or [])], self.story.now
        )
        self.about["latest_invoice"] = made["id"]
        self.story.at_stripe(made)
        return made

    def renews(self, paid: bool = True) -> Json:
        """Begin the next period, and tell it; its invoice is a draft for an hour, and then paid or not."""
        for each in self.items:
            start = each["current_period_end"]
            each |= {"current_period_start": start, "current_period_end": start + self.period}
        made = self.invoice("subscription_cycle")
        drafted = {**made, "status": "draft", "amount_paid": 0, "amount_remaining": made["total"]}
        self.story.at_stripe(drafted)
        self.tells()
        self.story.passes(hours=1)
        if paid:
            self.pays(made)
        else:
            self.story.at_stripe({**drafted, "status": "open"})
        return made

    def pays(self, invoice: Json) -> None:
        """Let an invoice be paid, and tell it."""
        paid = {**invoice, "status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0}
        self.story.at_stripe(paid)
        self.story.event("invoice.paid", paid)

    def fails(self, invoice: Json) -> None:
        """Let the payment of an invoice fail, and tell it."""
        failed = {**invoice, "status": "open", "amount_paid": 0, "amount_remaining": invoice["total"]}
        self.story.at_stripe(failed)
        self.story.event("invoice.payment_failed", failed)

    def payment(self, invoice: Json, amount: int | None = None, name: str = "") -> Payment:
        """Tell which payment an invoice was paid by; `amount`, if it was one of several."""
        paid = Payment.made(
            self.story,
            f"{invoice['id'].removeprefix('in_')}{name}",
            invoice["total"] if amount is None else amount,
            self.buyer,
        )
        link = billing_shapes.invoice_payment(f"inpay_{paid.intent}", invoice["id"], paid.intent, paid.charge["amount"])
        self.story.answers({PAYMENTS + paid.intent: shapes.listed(link)})
        return paid
