"""Stripe's subscriptions and invoices as its API has them since 2025-03-31, plain."""

from typing import Any

from scenarios.telling.shapes import Json, listed


def item(identity: str, price: Json, quantity: int | None, period: tuple[int, int]) -> Json:
    """A subscription's item; a metered one has no quantity."""
    start, end = period
    quantities = {} if quantity is None else {"quantity": quantity}
    return {
        "id": identity,
        "object": "subscription_item",
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "price": price,
        **quantities,
    }


def subscription(identity: str, buyer: str, items: list[Json], invoice: str, at: int) -> Json:
    return {
        "id": identity,
        "object": "subscription",
        "billing_cycle_anchor": at,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": at,
        "currency": "gbp",
        "customer": buyer,
        "ended_at": None,
        "items": listed(*items),
        "latest_invoice": invoice,
        "livemode": False,
        "metadata": {},
        "pause_collection": None,
        "start_date": at,
        "status": "active",
        "trial_end": None,
        "trial_start": None,
    }


def invoice(identity: str, subscription: str | None, reason: str, lines: list[Json], at: int) -> Json:
    """An invoice that is paid."""
    total = sum(line["amount"] for line in lines)
    details: Json = {"metadata": {}, "subscription": subscription}
    parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    return {
        "id": identity,
        "object": "invoice",
        "amount_due": total,
        "amount_paid": total,
        "amount_remaining": 0,
        "attempted": True,
        "billing_reason": reason,
        "created": at,
        "currency": "gbp",
        "lines": listed(*lines),
        "livemode": False,
        "parent": parent if subscription else None,
        "period_end": at,
        "period_start": at,
        "status": "paid",
        "total": total,
    }


def line_of_item(identity: str, item: Json, subscription: str, amount: int, **changes: Any) -> Json:
    """An invoice's line for a subscription's item; `changes` to its details, as `proration`."""
    details = {"invoice_item": None, "proration": False, "subscription": subscription, "subscription_item": item["id"]}
    parent = {
        "invoice_item_details": None,
        "subscription_item_details": {**details, **changes},
        "type": "subscription_item_details",
    }
    period = {"start": item["current_period_start"], "end": item["current_period_end"]}
    return _line(identity, item["price"], item.get("quantity", 1), amount, period, parent)


def line_of_price(identity: str, price: Json, quantity: int, subscription: str | None, at: int) -> Json:
    """An invoice's line for what is sold once."""
    details = {"invoice_item": f"ii_{identity}", "proration": False, "subscription": subscription}
    parent = {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    return _line(identity, price, quantity, price["unit_amount"] * quantity, {"start": at, "end": at}, parent)


def _line(identity: str, price: Json, quantity: int, amount: int, period: Json, parent: Json) -> Json:
    return {
        "id": identity,
        "object": "line_item",
        "amount": amount,
        "currency": "gbp",
        "description": None,
        "livemode": False,
        "parent": parent,
        "period": period,
        "pricing": {"price_details": {"price": price["id"], "product": price["product"]}, "type": "price_details"},
        "quantity": quantity,
    }


def invoice_payment(identity: str, invoice: str, intent: str, amount: int) -> Json:
    return {
        "id": identity,
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "invoice": invoice,
        "livemode": False,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "paid",
    }
