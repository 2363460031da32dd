"""What Stripe does towards a stack: it knows a purchase's objects, signs events and posts them."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from local.client import call
from local.stripe.purchases import Json, Purchase
from local.stripe.shapes import line_items, objects


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """Return a Stripe-Signature header (Stripe: "Verify webhook signatures manually")."""
    stamp = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


# What KeyStack may ask for once an event about it has rung. Sessions do not change after their checkout here.
CHANGING = {"charge", "dispute", "invoice", "invoice_payment", "payment_intent", "refund", "subscription"}


@dataclass(frozen=True)
class Target:
    """A stack that events are sent to."""

    url: str
    org: str
    webhook_secret: str
    stand_in: str  # empty: Stripe itself may know the objects
    webhook_url: str = ""  # empty: KeyStack's own

    def put(self, bought: Purchase) -> bool:
        """Put a purchase's objects into the stand-in; False if there is none (Stripe itself knows no such session)."""
        if not self.put_objects(objects(bought)):
            return False
        body = json.dumps(line_items(bought)).encode()
        return call("PUT", f"{self.stand_in}/stand-in/sessions/{bought.order}/line_items", body)[0] == 204

    def put_objects(self, items: list[Json]) -> bool:
        return bool(self.stand_in) and all(self.put_object(item) for item in items)

    def put_object(self, item: Json) -> bool:
        url = f"{self.stand_in}/stand-in/objects/{item['id']}"
        return call("PUT", url, json.dumps(item).encode())[0] == 204

    def send(self, event: Json) -> tuple[int, str]:
        """Let Stripe have the object as the event tells it, then post the event."""
        about = event["data"]["object"]
        if self.stand_in and about.get("object") in CHANGING:
            self.put_object(about)
        return self.post(event)

    def post(self, event: Json) -> tuple[int, str]:
        """Sign an event, post it; return the answer's status and body."""
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", "Stripe-Signature": sign(body, self.webhook_secret)}
        url = self.webhook_url or f"{self.url}/v1/webhooks/stripe/{self.org}"
        status, answer = call("POST", url, body, headers)
        return status, answer.decode("utf-8", "replace")

    def stripe_customer(self, customer: str) -> dict[str, Any]:
        """Read a customer as a Stripe client would."""
        status, body = call(
            "GET", f"{self.stand_in}/v1/customers/{customer}", headers={"Authorization": "Bearer rk_test_reader"}
        )
        found: dict[str, Any] = json.loads(body)
        return found if status == 200 else {}
