"""Stripe's invoices of a subscription: a line for each of its items, open and paid. Pure."""

from local.stripe.purchases import Json, Purchase, unit_amount
from local.stripe.subscriptions import subscription


def first_invoice(bought: Purchase) -> Json:
    """Return the invoice that the checkout of a subscription paid."""
    begun = subscription(bought)
    return paid(_invoice(begun, str(bought.invoice), "subscription_create", bought.amount), bought.created)


def renewal(known: Json) -> Json:
    """Return the invoice of a subscription's next period, which waits for its payment; `changes` begin the period."""
    total = sum(unit_amount(item["price"]) * item["quantity"] for item in known["items"]["data"])
    return _invoice(known, known["latest_invoice"], "subscription_cycle", total)


def paid(known: Json, now: int) -> Json:
    """Return the invoice, paid in full."""
    total = known["total"]
    times = {**known["status_transitions"], "paid_at": now}
    settled = {"amount_paid": total, "amount_remaining": 0, "next_payment_attempt": None, "status": "paid"}
    return {**known, **settled, "attempted": True, "status_transitions": times}


def failed(known: Json, again_at: int | None) -> Json:
    """Return the invoice after an attempt to collect it failed; the next one is at `again_at`, or never."""
    attempts = known["attempt_count"] + 1
    return {**known, "attempt_count": attempts, "attempted": True, "next_payment_attempt": again_at}


def invoice_payment(known: Json, charge: Json) -> Json:
    """Return what says that a payment intent paid an invoice; since API 2025-03-31 nothing else does."""
    return {
        "id": "inpay_" + known["id"].partition("_")[2],
        "object": "invoice_payment",
        "amount_paid": charge["amount"],
        "amount_requested": charge["amount"],
        "created": charge["created"],
        "currency": charge["currency"],
        "invoice": known["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": charge["payment_intent"]},
        "status": "paid",
    }


def _invoice(known: Json, name: str, reason: str, total: int) -> Json:
    items = known["items"]["data"]
    start = items[0]["current_period_start"]
    details = {"metadata": {}, "subscription": known["id"]}
    lines = [_line(name, place, item, total if len(items) == 1 else None) for place, item in enumerate(items)]
    return {
        "id": name,
        "object": "invoice",
        "amount_due": total,
        "amount_paid": 0,
        "amount_remaining": total,
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": start,
        "currency": "usd",
        "customer": known["customer"],
        "lines": {"object": "list", "has_more": False, "data": lines},
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        "period_end": start,
        "period_start": start,
        "status": "open",
        "status_transitions": {"finalized_at": start, "paid_at": None},
        "subtotal": total,
        "total": total,
    }


def _line(invoice: str, place: int, item: Json, total: int | None) -> Json:
    price = item["price"]
    details = {
        "invoice_item": None,
        "proration": False,
        "subscription": item["subscription"],
        "subscription_item": item["id"],
    }
    named = {"price": price["id"], "product": price["product"]}
    return {
        "id": f"il_{invoice.partition('_')[2]}_{place}",
        "object": "line_item",
        "amount": unit_amount(price) * item["quantity"] if total is None else total,
        "currency": "usd",
        "description": price.get("nickname") or price["id"],
        "invoice": invoice,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "pricing": {"price_details": named, "type": "price_details", "unit_amount_decimal": str(unit_amount(price))},
        "quantity": item["quantity"],
    }
