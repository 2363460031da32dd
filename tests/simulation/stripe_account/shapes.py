"""Stripe's objects as JSON: those of a payment. In events they are of the account's version, in the API's answers new.

Sources: Stripe API reference, the page of each object; the changelog of 2025-03-31.basil.
"""

from simulation.prices import PRICES, UNIT_AMOUNT
from simulation.stripe_account.objects import OLD, Charge, Dispute, Json, Purchase, Refund


def price(name: str) -> Json:
    interval = PRICES[name].interval
    recurring = {"interval": "day", "interval_count": interval // 86_400} if interval else None
    usage = {"usage_type": "metered" if PRICES[name].metered else "licensed"}
    return {
        "id": name,
        "object": "price",
        "currency": "usd",
        "product": f"prod_of_{name}",
        "recurring": {**recurring, **usage} if recurring else None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": UNIT_AMOUNT,
    }


def line_items(purchase: Purchase) -> list[Json]:
    return [
        {
            "id": identity,
            "object": "item",
            "amount_total": UNIT_AMOUNT * quantity,
            "currency": "usd",
            "price": price(name),
            **({} if PRICES[name].metered else {"quantity": quantity}),
        }
        for identity, (name, quantity) in zip(purchase.line_ids, purchase.lines, strict=True)
    ]


def session(purchase: Purchase) -> Json:
    """A subscription's session has no payment intent of its own."""
    own, subscription = purchase.own_charge, purchase.subscription
    total = sum(UNIT_AMOUNT * quantity for _, quantity in purchase.lines)
    return {
        "id": purchase.order,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": 0 if purchase.free else total,
        "created": purchase.created,
        "currency": "usd",
        "customer": purchase.customer,
        "customer_details": {"address": None, "email": purchase.email, "name": None, "phone": None},
        "customer_email": None,
        "invoice": subscription.invoices[0].id if subscription else None,
        "livemode": purchase.livemode,
        "mode": purchase.mode,
        "payment_intent": own.payment_intent if own else None,
        "payment_status": purchase.payment_status,
        "status": purchase.status,
        "subscription": subscription.id if subscription else None,
    }


def charge(purchase: Purchase, of: Charge, version: str) -> Json:
    """What was never captured counts as refunded. Since 2025-03-31 a charge does not name its invoice."""
    invoice = purchase.invoice_of(of)
    return {
        "id": of.id,
        "object": "charge",
        "amount": of.amount,
        "amount_captured": of.captured,
        "amount_refunded": (of.amount - of.captured if of.captured else 0) + of.refunded,
        "captured": bool(of.captured),
        "created": purchase.created,
        "currency": "usd",
        "customer": purchase.customer,
        "livemode": purchase.livemode,
        "paid": of.status == "succeeded",
        "payment_intent": of.payment_intent,
        "refunded": bool(of.captured) and of.refunded >= of.captured,
        "status": "failed" if of.status in ("failed", "expired") else of.status,
        **({"invoice": invoice.id if invoice else None} if version == OLD else {}),
    }


def payment_intent(purchase: Purchase, of: Charge) -> Json:
    states = {"pending": "processing", "failed": "requires_payment_method", "expired": "canceled"}
    waits = of.status == "succeeded" and not of.captured
    return {
        "id": of.payment_intent,
        "object": "payment_intent",
        "amount": of.amount,
        "amount_received": of.captured,
        "customer": purchase.customer,
        "latest_charge": of.id,
        "livemode": purchase.livemode,
        "status": "requires_capture" if waits else states.get(of.status, of.status),
    }


def refund(of: Charge, given: Refund) -> Json:
    """A Refund has no livemode."""
    return {
        "id": given.id,
        "object": "refund",
        "amount": given.amount,
        "charge": of.id,
        "currency": "usd",
        "payment_intent": of.payment_intent,
        "status": given.status,
    }


def dispute(purchase: Purchase, of: Charge, about: Dispute) -> Json:
    moved = [
        {"id": f"txn_{about.id}_{place}", "object": "balance_transaction", "amount": amount, "net": amount - 1500}
        for place, amount in enumerate(about.moved)
    ]
    return {
        "id": about.id,
        "object": "dispute",
        "amount": of.captured,
        "balance_transactions": moved,
        "charge": of.id,
        "currency": "usd",
        "livemode": purchase.livemode,
        "payment_intent": of.payment_intent,
        "reason": "fraudulent",
        "status": about.status,
    }
