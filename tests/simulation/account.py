"""One vendor's Stripe account: what was bought, refunded, disputed, cancelled; and the events that tell it.

What is noted here is the truth that truth.py judges by. Old: API versions before 2025-03-31, new: those after.
"""

from dataclasses import dataclass, field
from typing import Any

from local.stripe import shapes, subscriptions
from local.stripe.objects import StripeObjects
from local.stripe.purchases import Purchase as StripePurchase
from simulation.clock import Clock

Json = dict[str, Any]
MONTH = subscriptions.MONTH
OLD, NEW = "2022-11-15", "2026-03-25.dahlia"
RECURRING = {"price_pro_monthly", "price_team"}


@dataclass
class Refund:
    id: str
    amount: int
    failed: bool = False


@dataclass
class Charge:
    """`reports`: what each charge.refunded said had been refunded in all."""

    id: str
    payment_intent: str
    amount: int
    invoice: str | None
    refunds: list[Refund] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    disputes: dict[str, str] = field(default_factory=dict)  # id → needs_response, warning_needs_response, won, lost

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds if not refund.failed)


@dataclass
class Purchase:
    """A Checkout Session. `paid_at`, `deleted_at`, `paid_until` are None until it is so."""

    order: str
    org: str
    livemode: bool
    mode: str
    lines: tuple[tuple[str, str, int], ...]  # price, product, quantity
    email: str | None
    customer: str | None
    created: int
    charges: list[Charge]
    subscription: str | None = None
    invoice: str | None = None
    asked: int = 0  # licenses that the vendor's own backend asked for, through the API
    free: bool = False  # nothing to pay, so no charge and no payment intent
    paid_at: int | None = None
    paid_until: int | None = None  # once the subscription is deleted
    period_end: int = 0
    events: list[Json] = field(default_factory=list)

    @property
    def line_ids(self) -> list[str]:
        return [f"li_{self.order.rpartition('_')[2]}_{place}" for place in range(len(self.lines))]


@dataclass
class Account:
    org: str
    clock: Clock
    version: str = NEW
    purchases: list[Purchase] = field(default_factory=list)
    objects: StripeObjects = field(default_factory=StripeObjects)
    made: int = 0  # ids given

    # -------------------------------------------------------------- buying

    def buy(
        self, *lines: tuple[str, str, int], email: str | None, customer: str | None, livemode: bool, free: bool
    ) -> Purchase:
        """Let somebody check out; whether it is paid is told by `completed` or the events after it."""
        number = self._number()
        mode = "subscription" if any(price in RECURRING for price, _, _ in lines) else "payment"
        recurring = mode == "subscription"
        now = int(self.clock.now)
        subscription, invoice = (f"sub_{number}", f"in_{number}") if recurring else (None, None)
        order = f"cs_{'live' if livemode else 'test'}_{number}"
        charge = Charge(f"ch_{number}", f"pi_{number}", 1000 * sum(q for _, _, q in lines), invoice)
        purchase = Purchase(
            order, self.org, livemode, mode, lines, email, customer, now, [charge],
            subscription, invoice, period_end=now + MONTH, free=free,
        )  # fmt: skip
        self.purchases.append(purchase)
        for item in shapes.objects(self._shape(purchase, charge)):
            if item["object"] != "customer" or (customer and not self._has(customer)):
                self.objects.put({**item, "livemode": livemode, **({"metadata": {"crm": "7"}} if customer else {})})
        self.objects.put_line_items(purchase.order, self._line_items(purchase))
        return purchase

    def completed(self, purchase: Purchase, payment_status: str = "paid") -> Json:
        return self._paid(purchase, "checkout.session.completed", payment_status)

    def async_succeeded(self, purchase: Purchase) -> Json:
        return self._paid(purchase, "checkout.session.async_payment_succeeded", "paid")

    def async_failed(self, purchase: Purchase) -> Json:
        return self._paid(purchase, "checkout.session.async_payment_failed", "unpaid", failed=True)

    def renewed(self, purchase: Purchase) -> Charge:
        """Pay a further month: an invoice, a payment intent and a charge of their own."""
        number = self._number()
        charge = Charge(f"ch_{number}", f"pi_{number}", 1000, f"in_{number}")
        purchase.charges.append(charge)
        purchase.period_end += MONTH
        for item in shapes.objects(self._shape(purchase, charge)):
            if item["object"] == "invoice_payment":
                item["id"] = f"inpay_{number}"
            if item["object"] in ("charge", "invoice", "invoice_payment", "payment_intent"):
                self.objects.put({**item, "livemode": purchase.livemode})
        return charge

    # ------------------------------------------------------ what follows it

    def refund(self, purchase: Purchase, charge: Charge, amount: int) -> Json:
        charge.refunds.append(Refund(f"re_{self._number()}", amount))
        charge.reports.append(charge.refunded)
        told = shapes.charge(self._shape(purchase, charge), charge.refunded)
        return self._event(purchase, "charge.refunded", {**told, **self._invoice_of(charge)})

    def refund_failed(self, purchase: Purchase, charge: Charge, refund: Refund) -> Json:
        refund.failed = True
        kind = "charge.refund.updated" if self.version == OLD else "refund.failed"
        told = {"id": refund.id, "object": "refund", "amount": refund.amount, "status": "failed", "charge": charge.id}
        return self._event(purchase, kind, {**told, "payment_intent": charge.payment_intent})

    def dispute(self, purchase: Purchase, charge: Charge, status: str = "needs_response") -> Json:
        identity = f"dp_{self._number()}"
        charge.disputes[identity] = status
        return self._event(purchase, "charge.dispute.created", self._dispute(charge, identity))

    def dispute_closed(self, purchase: Purchase, charge: Charge, identity: str, status: str) -> Json:
        charge.disputes[identity] = status
        return self._event(purchase, "charge.dispute.closed", self._dispute(charge, identity))

    def subscription_deleted(self, purchase: Purchase, payment_failed: bool = False) -> Json:
        now = int(self.clock.now)
        told = subscriptions.canceled_subscription(self._shape(purchase, purchase.charges[-1]), now, payment_failed)
        purchase.paid_until = now if payment_failed else max(now, purchase.period_end)
        told["items"]["data"][0]["current_period_end"] = purchase.period_end
        if self.version == OLD:  # the period was the subscription's
            told["current_period_end"] = told["items"]["data"][0].pop("current_period_end")
        return self._event(purchase, "customer.subscription.deleted", told)

    # -------------------------------------------------------------- shapes

    def _paid(self, purchase: Purchase, kind: str, payment_status: str, failed: bool = False) -> Json:
        now = int(self.clock.now)
        if payment_status != "unpaid" and not failed:
            purchase.paid_at = min(purchase.paid_at or now, now)
        told = shapes.session(self._shape(purchase, purchase.charges[0]))
        told |= {"customer": purchase.customer, "payment_status": payment_status}
        if purchase.free:
            told |= {"payment_intent": None, "payment_status": "no_payment_required"}
        told["customer_details"]["email"] = purchase.email
        return self._event(purchase, kind, told)

    def _shape(self, purchase: Purchase, charge: Charge) -> StripePurchase:
        return StripePurchase(
            order=purchase.order,
            price={"id": purchase.lines[0][0], "object": "price", "product": purchase.lines[0][1]},
            quantity=purchase.lines[0][2],
            email=purchase.email or "",
            customer=purchase.customer or "",
            payment_intent=charge.payment_intent,
            charge=charge.id,
            amount=charge.amount,
            created=purchase.created,
            subscription=purchase.subscription,
            invoice=charge.invoice,
        )

    def _line_items(self, purchase: Purchase) -> list[Json]:
        def priced(price: str, product: str) -> Json:
            return {"id": price, "object": "price", "product": product}

        return [
            {"id": identity, "object": "item", "quantity": quantity, "price": priced(price, product)}
            for identity, (price, product, quantity) in zip(purchase.line_ids, purchase.lines, strict=True)
        ]

    def _invoice_of(self, charge: Charge) -> Json:
        return {"invoice": charge.invoice} if self.version == OLD else {}

    def _dispute(self, charge: Charge, identity: str) -> Json:
        told = {"id": identity, "object": "dispute", "charge": charge.id, "status": charge.disputes[identity]}
        return {**told, "payment_intent": charge.payment_intent, "amount": charge.amount}

    def _event(self, purchase: Purchase, kind: str, about: Json) -> Json:
        event = {
            "id": f"evt_{self._number()}",
            "object": "event",
            "api_version": self.version,
            "created": int(self.clock.now),
            "data": {"object": {**about, "livemode": purchase.livemode, "metadata": {"note": "payload-marker"}}},
            "livemode": purchase.livemode,
            "type": kind,
        }
        purchase.events.append(event)
        return event

    def _has(self, customer: str) -> bool:
        return customer in self.objects._objects

    def _number(self) -> str:
        self.made += 1
        return f"{self.made}"
