"""One account: the ids it gives, the events it sends, and what its API answers at present."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from local.stripe.objects import StripeObjects
from simulation.clock import Clock
from simulation.stripe_account import shapes
from simulation.stripe_account import subscription_shapes as billing
from simulation.stripe_account.objects import NEW, OLD, Charge, Json, Purchase

# The types that KeyStack could first be told of, and all that it can be told of now.
FIRST_GUIDE = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "charge.refunded",
        "charge.refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
        "customer.subscription.deleted",
    }
)
PAYMENTS = FIRST_GUIDE | {  # and those that an order may wait for
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "charge.captured",
    "charge.expired",
    "invoice.paid",
}
EVERYTHING = PAYMENTS | {
    "invoice.payment_failed",
    "refund.created",
    "refund.updated",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.paused",
    "customer.subscription.resumed",
}
SINCE_2024 = {"refund.created", "refund.updated", "refund.failed"}  # types that the old version does not send


@dataclass
class Account:
    """`hears`: the types of events that the vendor's endpoint is sent; `version`: that of its API."""

    org: str
    clock: Clock
    version: str = NEW
    hears: frozenset[str] = FIRST_GUIDE
    purchases: list[Purchase] = field(default_factory=list)
    objects: StripeObjects = field(default_factory=StripeObjects)
    made: int = 0  # ids given

    @property
    def now(self) -> int:
        return int(self.clock.now)

    def number(self) -> str:
        self.made += 1
        return f"{self.made}"

    def show(self, purchase: Purchase) -> None:
        """Let the API answer with the present state of everything that came of a purchase."""
        for item in _objects(purchase):
            self.objects.put(item)

    def customer(self, purchase: Purchase, **fields: object) -> None:
        """Put in its Customer, if it has one that is not there yet; what others wrote stays."""
        known = {"id": purchase.customer, "object": "customer", "email": purchase.email, "name": None}
        if purchase.customer and (fields or not self.has(purchase.customer)):
            self.objects.put({**known, "metadata": {"crm": "7"}, "livemode": purchase.livemode, **fields})

    def has(self, identity: str) -> bool:
        return identity in self.objects._objects

    # --------------------------------------------------------------- events

    def event(self, purchase: Purchase, kind: str, about: Json, before: Json | None = None) -> list[Json]:
        """Send an event, if the endpoint hears its type. `before`: what the object was, for `previous_attributes`."""
        self.show(purchase)
        if kind not in self.hears or (self.version == OLD and kind in SINCE_2024):
            return []
        previous = {name: value for name, value in (before or {}).items() if about.get(name) != value}
        event = {
            "id": f"evt_{int(self.number()):06}",  # in their order, which tells two of one second apart
            "object": "event",
            "api_version": self.version,
            "created": self.now,
            "data": {
                "object": {**about, "metadata": {"note": "payload-marker"}},
                **({"previous_attributes": previous} if before is not None else {}),
            },
            "livemode": purchase.livemode,
            "type": kind,
        }
        purchase.events.append(event)
        return [event]

    def of_session(self, purchase: Purchase, what: str) -> list[Json]:
        return self.event(purchase, f"checkout.session.{what}", shapes.session(purchase))

    def of_charge(self, purchase: Purchase, charge: Charge, what: str) -> list[Json]:
        return self.event(purchase, f"charge.{what}", shapes.charge(purchase, charge, self.version))

    def of_payment(self, purchase: Purchase, charge: Charge, what: str) -> list[Json]:
        return self.event(purchase, f"payment_intent.{what}", shapes.payment_intent(purchase, charge))

    def of_subscription(self, purchase: Purchase, what: str, before: Json | None = None) -> list[Json]:
        return self.event(purchase, f"customer.subscription.{what}", self.told(purchase), before)

    def told(self, purchase: Purchase) -> Json:
        """Write its subscription as its events do."""
        return billing.subscription(purchase, self.version)

    def updated(self, purchase: Purchase, before: Json) -> list[Json]:
        """Tell what changed of its subscription since it was `before`, if anything did."""
        return [] if self.told(purchase) == before else self.of_subscription(purchase, "updated", before)


def _objects(purchase: Purchase) -> Iterator[Json]:
    """Write everything as the API answers, the Customer and line items aside."""
    yield shapes.session(purchase)
    for charge in purchase.charges:
        yield shapes.charge(purchase, charge, NEW)
        yield shapes.payment_intent(purchase, charge)
        yield from (shapes.refund(charge, refund) for refund in charge.refunds)
        yield from (shapes.dispute(purchase, charge, dispute) for dispute in charge.disputes.values())
    for invoice in purchase.invoices:
        yield billing.invoice(purchase, invoice, NEW)
        yield from (billing.invoice_payment(invoice, charge, purchase.livemode) for charge in invoice.charges)
    if purchase.subscription:
        yield billing.subscription(purchase, NEW)
