"""Stripe's payments: charges, payment intents and refunds, and what becomes of them. Pure."""

from local.stripe.purchases import Json


def paid_charge(name: str, payment_intent: str, amount: int, customer: str, created: int) -> Json:
    """Return a charge that took its money; since API 2025-03-31 it does not name its invoice."""
    return {
        "id": name,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "captured": True,
        "created": created,
        "currency": "usd",
        "customer": customer,
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": payment_intent,
        "refunded": False,
        "status": "succeeded",
    }


def payment_intent(charge: Json) -> Json:
    """Return the payment intent of a charge."""
    return {
        "id": charge["payment_intent"],
        "object": "payment_intent",
        "amount": charge["amount"],
        "amount_received": charge["amount_captured"],
        "capture_method": "automatic",
        "created": charge["created"],
        "currency": charge["currency"],
        "customer": charge["customer"],
        "latest_charge": charge["id"],
        "livemode": False,
        "metadata": {},
        "status": "succeeded",
    }


def with_refunded(charge: Json, amount: int) -> Json:
    """Return the charge with `amount` given back in all."""
    return {**charge, "amount_refunded": amount, "refunded": amount >= charge["amount"]}


def refund(name: str, charge: Json, amount: int, now: int) -> Json:
    """Return a refund that succeeded; a Refund has no `livemode`."""
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "requested_by_customer",
        "status": "succeeded",
    }


def canceled_refund(made: Json) -> Json:
    """Return the refund, canceled: the vendor has the money again."""
    return {**made, "status": "canceled"}
