"""Customers in the licenses table: one for each organization, mode and e-mail address."""

from typing import Any

from keystack.domain.orders import Order
from keystack.storage import dynamodb
from keystack.storage.licenses.table import TABLE


def update_customer(order: Order, now: int) -> dynamodb.Action:
    """Note an order's customer: made at its first order, then collecting Stripe Customers."""
    sets = "SET livemode = :livemode, created_at = if_not_exists(created_at, :now)"
    values: dict[str, Any] = {":livemode": order.livemode, ":now": now, ":one": 1}
    if order.email:
        sets, values = sets + ", email = :email", {**values, ":email": order.email.lower()}
    if order.name:
        sets, values = sets + ", #name = :name", {**values, ":name": order.name}
    adds = " ADD orders :one"
    if order.stripe_customer:
        adds, values = adds + ", stripe_customers :stripe", {**values, ":stripe": {order.stripe_customer}}
    return dynamodb.update(
        (TABLE, f"{order.org}#customer#{order.customer}", "CUSTOMER"),
        sets + adds,
        "attribute_not_exists(livemode) OR livemode = :livemode",  # live and test do not mix
        values,
        {"#name": "name"} if order.name else {},
    )
