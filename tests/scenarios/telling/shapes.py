"""Stripe's objects as its API has them since 2025-03-31, plain; a scenario changes what it is about.

Source: Stripe API reference, the page of each object.
"""

from typing import Any

Json = dict[str, Any]
DAY = 86_400  # seconds
HOUR = 3_600
MONTH = 30 * DAY
YEAR = 365 * DAY
BEGINNING = 1_800_000_000
RECURRING = ("price_solo", "price_band", "price_orchestra", "price_forever_rent")  # how the names of such prices begin
API_VERSION = "2026-08-26.dahlia"


def event(identity: str, kind: str, about: Json, at: int, previous: Json | None = None) -> Json:
    data: Json = {"object": about}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": identity,
        "object": "event",
        "api_version": API_VERSION,
        "created": at,
        "data": data,
        "livemode": False,
        "pending_webhooks": 2,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def price(name: str, amount: int) -> Json:
    recurs = name.startswith(RECURRING)
    return {
        "id": name,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "currency": "gbp",
        "livemode": False,
        "product": name.replace("price_", "prod_"),
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"} if recurs else None,
        "type": "recurring" if recurs else "one_time",
        "unit_amount": amount,
    }


def line_item(identity: str, about: Json, quantity: int | None) -> Json:
    return {
        "id": identity,
        "object": "item",
        "amount_total": about["unit_amount"] * (quantity or 1),
        "currency": "gbp",
        "description": f"One of {about['id']}",
        "price": about,
        "quantity": quantity,
    }


def listed(*items: Json) -> Json:
    return {"object": "list", "data": list(items), "has_more": False, "url": "/v1/any"}


def customer(identity: str, email: str | None) -> Json:
    return {"id": identity, "object": "customer", "email": email, "livemode": False, "metadata": {"tier": "gold"}}


def session(identity: str, buyer: str | None, email: str | None, amount: int, at: int) -> Json:
    return {
        "id": identity,
        "object": "checkout.session",
        "amount_total": amount,
        "created": at,
        "currency": "gbp",
        "customer": buyer,
        "customer_details": {"email": email, "name": "Nina Example", "phone": None},
        "customer_email": None,
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "paid",
        "status": "complete",
        "subscription": None,
    }


def payment_intent(identity: str, charge: str, amount: int, at: int, **changes: Any) -> Json:
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount,
        "capture_method": "automatic_async",
        "created": at,
        "currency": "gbp",
        "latest_charge": charge,
        "livemode": False,
        "status": "succeeded",
        **changes,
    }


def charge(identity: str, intent: str, amount: int, at: int, buyer: str | None) -> Json:
    return {
        "id": identity,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "captured": True,
        "created": at,
        "currency": "gbp",
        "customer": buyer,
        "livemode": False,
        "paid": True,
        "payment_intent": intent,
        "refunded": False,
        "status": "succeeded",
    }


def refund(identity: str, of: Json, amount: int, status: str, at: int) -> Json:
    """A Refund has no livemode."""
    return {
        "id": identity,
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": at,
        "currency": "gbp",
        "payment_intent": of["payment_intent"],
        "status": status,
    }


def dispute(identity: str, of: Json, status: str, moved: tuple[int, ...], at: int) -> Json:
    """`moved`: what its balance transactions took (less than zero) or gave back."""
    moves = [
        {"id": f"txn_{identity}_{place}", "object": "balance_transaction", "amount": each}
        for place, each in enumerate(moved)
    ]
    return {
        "id": identity,
        "object": "dispute",
        "amount": of["amount"],
        "balance_transactions": moves,
        "charge": of["id"],
        "created": at,
        "currency": "gbp",
        "livemode": False,
        "payment_intent": of["payment_intent"],
        "reason": "product_not_received",
        "status": status,
    }
