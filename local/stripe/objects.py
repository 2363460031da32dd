"""The objects of the Stripe stand-in: kept, found, listed and merged as Stripe does. Knows no HTTP."""

import secrets
import time
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
MAX_METADATA = 50

# Path below /v1 -> (type of object, what Stripe calls it in "No such ...")
COLLECTIONS = {
    "checkout/sessions": ("checkout.session", "checkout.session"),
    "customers": ("customer", "customer"),
    "invoice_payments": ("invoice_payment", "invoice_payment"),
    "invoices": ("invoice", "invoice"),
    "charges": ("charge", "charge"),
    "payment_intents": ("payment_intent", "payment_intent"),
    "subscriptions": ("subscription", "subscription"),
    "disputes": ("dispute", "dispute"),
    "prices": ("price", "price"),
    "products": ("product", "product"),
    "refunds": ("refund", "refund"),
}


class StripeError(Exception):
    """An error as Stripe says it."""

    def __init__(self, status: int, message: str, code: str = "", param: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind or "invalid_request_error", "code": code, "message": message, "param": param}
        self.body = {"error": {name: value for name, value in error.items() if value}}


class StripeObjects:
    """Not thread-safe: the server answers one request at a time."""

    def __init__(self) -> None:
        self._objects: dict[str, Json] = {}
        self._line_items: dict[str, list[Json]] = {}

    def put(self, item: Json) -> None:
        self._objects[str(item["id"])] = item

    def put_new(self, item: Json) -> None:
        """Put an object in, unless one of its id is there."""
        self._objects.setdefault(str(item["id"]), item)

    def product(self, name: str) -> Json:
        """Return a product; one that nobody put in has its id for a name."""
        return self._objects.get(name) or {"id": name, "object": "product", "active": True, "name": name}

    def remove(self, name: str) -> None:
        self._objects.pop(name, None)
        self._line_items.pop(name, None)

    def put_line_items(self, session: str, items: list[Json]) -> None:
        self._line_items[session] = items

    def get(self, collection: str, name: str, livemode: bool) -> Json:
        """Return an object; StripeError 404 if there is none of that type in that mode."""
        kind, word = COLLECTIONS[collection]
        item = self._objects.get(name)
        if item is None or item.get("object") != kind:
            raise StripeError(404, f"No such {word}: '{name}'", "resource_missing", "id")
        if bool(item.get("livemode", livemode)) != livemode:
            here, there = ("live", "test") if livemode else ("test", "live")
            raise StripeError(
                404,
                f"No such {word}: '{name}'; a similar object exists in {there} mode, "
                f"but a {here} mode key was used to make this request.",
                "resource_missing",
                "id",
            )
        return item

    def line_items(self, session: str, livemode: bool) -> list[Json]:
        self.get("checkout/sessions", session, livemode)
        return self._line_items.get(session, [])

    def list(self, collection: str, livemode: bool, wanted: Callable[[Json], bool]) -> list[Json]:
        """Return the objects of a type, newest first."""
        kind, _ = COLLECTIONS[collection]
        found = [
            item
            for item in reversed(self._objects.values())
            if item.get("object") == kind
            and not item.get("deleted")
            and bool(item.get("livemode", livemode)) == livemode
        ]
        return [item for item in found if wanted(item)]

    def create_customer(self, fields: Json, livemode: bool) -> Json:
        item = {
            "id": "cus_" + secrets.token_hex(7),
            "object": "customer",
            "created": int(time.time()),
            "livemode": livemode,
            "email": None,
            "name": None,
            "metadata": {},
        }
        self.put(item)
        return self.update(item, fields)

    def update(self, item: Json, fields: Json) -> Json:
        """Set fields and merge metadata (Stripe: "Metadata"); an empty value removes a key."""
        if item.get("deleted"):
            raise StripeError(404, f"No such customer: '{item['id']}'", "resource_missing", "id")
        metadata = dict(item.get("metadata") or {})
        if fields.get("metadata") == "":
            metadata = {}
        for name, value in (fields.get("metadata") or {}).items():
            _check_metadata(name, value)
            if value == "":
                metadata.pop(name, None)
            else:
                metadata[name] = value
        if len(metadata) > MAX_METADATA:
            raise StripeError(
                400,
                f"Metadata can have at most {MAX_METADATA} keys. You currently have {len(metadata)}.",
                param="metadata",
            )
        updated = {**item, **fields, "metadata": metadata}
        self.put(updated)
        return updated


def _check_metadata(name: str, value: str) -> None:
    if len(name) > 40:
        raise StripeError(400, f"Metadata keys may be up to 40 characters; '{name[:40]}' is longer.", param="metadata")
    if len(value) > 500:
        raise StripeError(
            400,
            f"Metadata values can have up to 500 characters, but you passed in a value that is {len(value)} "
            "characters. "
            "Invalid value: " + value[:20],
            param=f"metadata[{name}]",
        )
