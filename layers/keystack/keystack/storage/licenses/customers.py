"""Customers in the licenses table: one for each organization, mode and e-mail address."""

from collections.abc import Iterable
from typing import Any

from keystack.domain.customers import Customer
from keystack.domain.orders import Order
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.licenses.table import TABLE


def load_customers(org: str, ids: Iterable[str]) -> list[Customer]:
    """Load those of these customers that the organization has, in this order."""
    keys = {identity: _key(org, identity) for identity in ids}
    items = dynamodb.get_items(keys.values())
    return [_customer_from(identity, items[key]) for identity, key in keys.items() if key in items]


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
        _key(order.org, order.customer),
        sets + adds,
        "attribute_not_exists(livemode) OR livemode = :livemode",  # live and test do not mix
        values,
        {"#name": "name"} if order.name else {},
    )


def _key(org: str, customer: str) -> Key:
    return TABLE, f"{org}#customer#{customer}", "CUSTOMER"


def _customer_from(identity: str, item: Item) -> Customer:
    return Customer(
        id=identity,
        livemode=item["livemode"],
        created_at=item["created_at"],
        order_count=item.get("orders", 0),
        email=item.get("email"),
        name=item.get("name"),
        stripe_customers=tuple(sorted(item.get("stripe_customers", ()))),
    )
