"""Purchases that never happened: the ids that each would have left at Stripe. Pure."""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]
MONTHLY = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}


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
        return "li_" + self._name

    @property
    def subscription_item(self) -> str:
        return "si_" + self._name

    @property
    def _name(self) -> str:
        return self.order.rpartition("_")[2]

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
        amount=unit_amount(price) * quantity,
        created=int(time.time()) if now is None else now,
        subscription=new_id("sub") if recurring else None,
        invoice=new_id("in") if recurring else None,
    )


def unit_amount(price: Json) -> int:
    """Return what one unit of a price costs, in cents."""
    return int(price.get("unit_amount") or 1000)


def one_time_price(price: str) -> Json:
    """Return a price object for an id that the catalogue does not know."""
    return _unknown(price, None)


def monthly_price(price: str) -> Json:
    """Return a price of subscriptions for an id that the catalogue does not know."""
    return _unknown(price, MONTHLY)


def price_of(bought: Purchase) -> Json:
    """Return the price that was bought, with what every price has."""
    return {**_unknown(bought.price["id"], MONTHLY if bought.subscription else None), **bought.price}


def _unknown(price: str, recurring: Json | None) -> Json:
    return {
        "id": price,
        "object": "price",
        "active": True,
        "currency": "usd",
        "livemode": False,
        "product": "prod_unknown",
        "recurring": recurring,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": 1000,
    }
