"""Stripe objects and events of the newest shape, made up for purchases that never happened. Pure."""

import time

from local.stripe.purchases import Json, Purchase, new_id
from local.stripe.subscriptions import subscription

API_VERSION = "2026-03-25.dahlia"


def session(bought: Purchase) -> Json:
    """Return the Checkout Session, paid: a subscription's has no payment intent of its own."""
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
    """Return the charge; since API 2025-03-31 it does not name its invoice."""
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


def objects(bought: Purchase) -> list[Json]:
    """Return everything that the purchase left at Stripe, the session's line items aside."""
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
