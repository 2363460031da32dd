"""A purchase and what Stripe has of it now; and the steps in which that changes. Pure."""

from dataclasses import asdict, dataclass, replace

from local.stripe.invoices import first_invoice, invoice_payment
from local.stripe.payments import payment_intent
from local.stripe.purchases import Json, Purchase
from local.stripe.shapes import charge, event
from local.stripe.subscriptions import subscription


@dataclass(frozen=True)
class Sale:
    """`charge` is the latest payment, of `paid_invoice`; `refund` and `dispute` are the latest of that charge.

    `invoice` is the latest one, which may still be open.
    """

    bought: Purchase
    charge: Json
    subscription: Json | None = None
    invoice: Json | None = None
    paid_invoice: Json | None = None
    refund: Json | None = None
    dispute: Json | None = None

    def objects(self) -> list[Json]:
        """Return what may have changed at Stripe since the purchase."""
        known = [self.charge, payment_intent(self.charge), self.subscription, self.invoice, self.refund, self.dispute]
        if self.paid_invoice:
            known += [self.paid_invoice, invoice_payment(self.paid_invoice, self.charge)]
        return [item for item in known if item]

    def as_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """Something that happened: what Stripe has from then on, and the events that tell it."""

    sale: Sale
    events: tuple[Json, ...] = ()

    def then(self, following: "Step") -> "Step":
        """Return both as one."""
        return Step(following.sale, self.events + following.events)


def new_sale(bought: Purchase) -> Sale:
    """Return a purchase as it is right after its checkout."""
    if not bought.subscription:
        return Sale(bought, charge(bought))
    paid = first_invoice(bought)
    return Sale(bought, charge(bought), subscription(bought), paid, paid)


def sale_from(known: Json) -> Sale:
    """Read what `as_json` has written, or the purchase alone."""
    if "bought" not in known:
        return new_sale(Purchase(**known))
    return Sale(**{**known, "bought": Purchase(**known["bought"])})


def subscription_step(sale: Sale, kind: str, after: Json, now: int) -> Step:
    """Let the subscription become `after`, of which the one event `kind` tells."""
    before = sale.subscription if kind.endswith(".updated") else None  # the others say what happened by their name
    return Step(replace(sale, subscription=after), (event(kind, after, before, now),))
