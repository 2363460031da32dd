"""Stripe objects and events of the newest shape, made up for purchases that never happened. Pure."""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]
API_VERSION = "2026-03-25.dahlia"
MONTH = 30 * 86_400


def new_id(prefix: str) -> str:
    """Return a random id as Stripe's look."""
    return f"{prefix}_{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Purchase:
    """One checkout of one price: the ids that it left at Stripe."""

    order: str
    price: Json
    quantity: int
    email: str
    customer: str
    payment_intent: str
    charge: str
    amount: int  # cents
    created: int
    subscription: str | None = None
    invoice: str | None = None

    @property
    def line_item(self) -> str:
        return "li_" + self.order.rpartition("_")[2]

    def as_json(self) -> Json:
        return asdict(self)


def new_purchase(price: Json, email: str, quantity: int, now: int | None = None) -> Purchase:
    """Make up a purchase; a subscription if the price recurs."""
    recurring = bool(price.get("recurring"))
    return Purchase(
        order=new_id("cs_test"),
        price=price,
        quantity=quantity,
        email=email,
        customer=new_id("cus"),
        payment_intent=new_id("pi"),
        charge=new_id("ch"),
        amount=int(price.get("unit_amount") or 1000) * quantity,
        created=int(time.time()) if now is None else now,
        subscription=new_id("sub") if recurring else None,
        invoice=new_id("in") if recurring else None,
    )


def one_time_price(price: str) -> Json:
    """Return a price object for an id that the catalogue does not know."""
    return {"id": price, "object": "price", "product": "prod_unknown", "recurring": None, "unit_amount": 1000}


def session(bought: Purchase) -> Json:
    """The Checkout Session, paid: a subscription's has no payment intent of its own."""
    return {
        "id": bought.order,
        "object": "checkout.session",
        "amount_subtotal": bought.amount,
        "amount_total": bought.amount,
        "created": bought.created,
        "currency": "usd",
        "customer": bought.customer,
        "customer_details": {"address": None, "email": bought.email, "name": None, "phone": None},
        "customer_email": None,
        "invoice": bought.invoice,
        "livemode": False,
        "metadata": {},
        "mode": "subscription" if bought.subscription else "payment",
        "payment_intent": None if bought.subscription else bought.payment_intent,
        "payment_status": "paid",
        "status": "complete",
        "subscription": bought.subscription,
    }


def line_items(bought: Purchase) -> list[Json]:
    return [
        {
            "id": bought.line_item,
            "object": "item",
            "amount_total": bought.amount,
            "currency": "usd",
            "description": bought.price.get("nickname") or bought.price["id"],
            "price": bought.price,
            "quantity": bought.quantity,
        }
    ]


def charge(bought: Purchase, refunded: int = 0) -> Json:
    """The charge; since API 2025-03-31 it does not name its invoice."""
    return {
        "id": bought.charge,
        "object": "charge",
        "amount": bought.amount,
        "amount_captured": bought.amount,
        "amount_refunded": refunded,
        "created": bought.created,
        "currency": "usd",
        "customer": bought.customer,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": bought.payment_intent,
        "refunded": refunded >= bought.amount,
        "status": "succeeded",
    }


def subscription(bought: Purchase) -> Json:
    """The subscription; since API 2025-03-31 the period is its items'."""
    return {
        "id": bought.subscription,
        "object": "subscription",
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "created": bought.created,
        "customer": bought.customer,
        "ended_at": None,
        "items": {
            "object": "list",
            "has_more": False,
            "data": [
                {
                    "id": f"si_{bought.line_item}",
                    "object": "subscription_item",
                    "current_period_end": bought.created + MONTH,
                    "current_period_start": bought.created,
                    "price": bought.price,
                    "quantity": bought.quantity,
                }
            ],
        },
        "latest_invoice": bought.invoice,
        "livemode": False,
        "metadata": {},
        "status": "active",
    }


def canceled_subscription(bought: Purchase, now: int, payment_failed: bool) -> Json:
    """The subscription once deleted: at its period's end as asked for, or at once because nobody paid."""
    reason = "payment_failed" if payment_failed else "cancellation_requested"
    return {
        **subscription(bought),
        "cancel_at_period_end": not payment_failed,
        "canceled_at": now,
        "cancellation_details": {"comment": None, "feedback": None, "reason": reason},
        "ended_at": now,
        "status": "canceled",
    }


def objects(bought: Purchase) -> list[Json]:
    """Everything that the purchase left at Stripe, the session's line items aside."""
    livemode = {"livemode": False}
    intent = {"type": "payment_intent", "payment_intent": bought.payment_intent}
    made = [
        {"id": bought.customer, "object": "customer", "email": bought.email, "name": None, "metadata": {}, **livemode},
        session(bought),
        charge(bought),
        {
            "id": bought.payment_intent,
            "object": "payment_intent",
            "amount": bought.amount,
            "customer": bought.customer,
            "latest_charge": bought.charge,
            "status": "succeeded",
            **livemode,
        },
    ]
    if bought.subscription:
        details = {"metadata": {}, "subscription": bought.subscription}
        made += [
            subscription(bought),
            {
                "id": bought.invoice,
                "object": "invoice",
                "customer": bought.customer,
                "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
                "status": "paid",
                **livemode,
            },
            {
                "id": "inpay_" + bought.line_item,
                "object": "invoice_payment",
                "amount_paid": bought.amount,
                "invoice": bought.invoice,
                "payment": intent,
                "status": "paid",
                **livemode,
            },
        ]
    return made


def event(kind: str, about: Json) -> Json:
    """Wrap an object into a new event."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
