"""Stripe objects and events of the newest shape, made up for purchases that never happened. Pure."""

import time

from local.stripe.differences import previous_attributes
from local.stripe.invoices import first_invoice, invoice_payment
from local.stripe.payments import paid_charge, payment_intent, with_refunded
from local.stripe.purchases import Json, Purchase, new_id, price_of
from local.stripe.subscriptions import subscription

API_VERSION = "2026-10-28.endive"


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
    """Return the session's line items: one, of the price that was bought."""
    return [
        {
            "id": bought.line_item,
            "object": "item",
            "amount_total": bought.amount,
            "currency": "usd",
            "description": bought.price.get("nickname") or bought.price["id"],
            "price": price_of(bought),
            "quantity": bought.quantity,
        }
    ]


def charge(bought: Purchase, refunded: int = 0) -> Json:
    """Return the charge that paid the session, with `refunded` cents given back in all."""
    taken = paid_charge(bought.charge, bought.payment_intent, bought.amount, bought.customer, bought.created)
    return with_refunded(taken, refunded)


def objects(bought: Purchase) -> list[Json]:
    """Return everything that the purchase left at Stripe, the session's line items aside."""
    taken = charge(bought)
    made = [customer(bought), session(bought), taken, payment_intent(taken)]
    if bought.subscription:
        billed = first_invoice(bought)
        made += [subscription(bought), billed, invoice_payment(billed, taken)]
    return made


def customer(bought: Purchase) -> Json:
    """Return the Stripe Customer, as new."""
    return {
        "id": bought.customer,
        "object": "customer",
        "created": bought.created,
        "email": bought.email,
        "livemode": False,
        "metadata": {},
        "name": None,
    }


def event(kind: str, about: Json, before: Json | None = None, created: int | None = None) -> Json:
    """Wrap an object into a new event; `before`: what the object was, if the event tells what has changed."""
    data = {"object": about}
    if before is not None:
        data["previous_attributes"] = previous_attributes(before, about)
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()) if created is None else created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
