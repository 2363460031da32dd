"""Purchases that never happened: the ids that each would have left at Stripe. Pure."""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]


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
