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
        if not self.stand_in:
            return False
        for item in objects(bought):
            if not self.put_object(item):
                return False
        body = json.dumps(line_items(bought)).encode()
        return call("PUT", f"{self.stand_in}/stand-in/sessions/{bought.order}/line_items", body)[0] == 204

    def put_object(self, item: Json) -> bool:
        url = f"{self.stand_in}/stand-in/objects/{item['id']}"
        return call("PUT", url, json.dumps(item).encode())[0] == 204

    def send(self, event: Json) -> tuple[int, str]:
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
