"""What an event says in brief, for a person who looks at its delivery. It may be of any type and any shape."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_ID = re.compile(r"[a-z]{2,8}_[A-Za-z0-9_]{1,250}")
# The fields that hold an id, or the object itself, and how Stripe calls what it is.
_REFERENCES = {
    "payment_intent": "Payment",
    "charge": "Charge",
    "customer": "Customer",
    "subscription": "Subscription",
    "invoice": "Invoice",
}
_OBJECTS = {
    "checkout.session": "Checkout Session",
    "charge": "Charge",
    "refund": "Refund",
    "dispute": "Dispute",
    "subscription": "Subscription",
    "invoice": "Invoice",
    "payment_intent": "Payment",
    "order": "Order",
}
_AMOUNTS = ("amount_total", "amount", "total")  # of a Checkout Session; a charge and the like; an invoice
# What has a page of its own in the Stripe Dashboard.
_PAGES = {
    "pi_": "payments",
    "ch_": "payments",
    "py_": "payments",
    "cus_": "customers",
    "sub_": "subscriptions",
    "in_": "invoices",
    "evt_": "events",
}


class Mentioned(NamedTuple):
    """An id of Stripe's, what it is of, and its page in the Stripe Dashboard, if there is one."""

    what: str
    id: str
    address: str | None


class Brief(NamedTuple):
    """`amount` is in the smallest unit of `currency`; `created` in Unix seconds; all as the event says, or None."""

    created: int | None
    api_version: str | None
    amount: int | None
    refunded: int | None
    currency: str | None
    email: str | None
    name: str | None
    mentioned: tuple[Mentioned, ...]


def brief_of(payload: Mapping[str, Any]) -> Brief:
    thing = _mapping(_mapping(payload.get("data")).get("object"))
    details = _mapping(thing.get("customer_details")) or _mapping(thing.get("billing_details"))
    amount = next((thing[name] for name in _AMOUNTS if name in thing), None)
    return Brief(
        created=_whole(payload.get("created")),
        api_version=_text(payload.get("api_version")),
        amount=_whole(amount),
        refunded=_whole(thing.get("amount_refunded")) or None,
        currency=_text(thing.get("currency")),
        email=_text(details.get("email")) or _text(thing.get("customer_email")) or _text(thing.get("receipt_email")),
        name=_text(details.get("name")),
        mentioned=tuple(_mentioned(thing, payload.get("livemode") is True)),
    )


def address_at_stripe(identity: str, livemode: bool) -> str | None:
    """Return the address of an object's page in the Stripe Dashboard; None if it has none."""
    page = next((page for prefix, page in _PAGES.items() if identity.startswith(prefix)), None)
    return f"https://dashboard.stripe.com/{'' if livemode else 'test/'}{page}/{identity}" if page else None


def _mentioned(thing: Mapping[str, Any], livemode: bool) -> Iterator[Mentioned]:
    own = _id(thing.get("id"))
    if own:
        kind = _text(thing.get("object")) or ""
        yield Mentioned(_OBJECTS.get(kind, "Object"), own, address_at_stripe(own, livemode))
    for field, what in _REFERENCES.items():
        value = thing.get(field)
        found = _id(_mapping(value).get("id") if isinstance(value, Mapping) else value)
        if found and found != own:
            yield Mentioned(what, found, address_at_stripe(found, livemode))


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value[:500] if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    """A number that a page can write; None for every other."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15 else None
