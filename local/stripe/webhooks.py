"""Stands in for Stripe towards a stack: puts objects into the stand-in, signs events and posts them."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.settings import Settings
from local.state import read_state
from local.stripe.shapes import Json, Purchase, line_items, objects


class UsageError(Exception):
    """What was asked for cannot be done; the message says how to ask."""


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """Return a Stripe-Signature header (Stripe: "Verify webhook signatures manually")."""
    stamp = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def call(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Make an HTTP request; return status and body, whatever the status."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@dataclass(frozen=True)
class Target:
    """A stack that events are sent to."""

    url: str
    org: str
    webhook_secret: str
    stand_in: str  # empty: Stripe itself knows the objects, or nobody does
    webhook_url: str = ""  # empty: KeyStack's own

    @classmethod
    def find(cls, env: Mapping[str, str]) -> "Target":
        """Take URL, ORG, WEBHOOK_SECRET, WEBHOOK_URL from the environment, and what is missing from state.json."""
        state_dir = Settings.read(env).state_dir
        state = read_state(state_dir) or {}
        url = env.get("URL") or state.get("url")
        if not url:
            raise UsageError(f"No stack is running in {state_dir}: start one with `make dev`, or give URL= and others.")
        secret = env.get("WEBHOOK_SECRET") or state.get("webhook_secret")
        if not secret:
            raise UsageError("Give the webhook's signing secret: WEBHOOK_SECRET=whsec_...")
        elsewhere = bool(env.get("URL")) and env["URL"].rstrip("/") != state.get("url")
        stand_in = env.get("STRIPE_API_BASE") or ("" if elsewhere else state.get("stripe_api_base", ""))
        org, webhook_url = env.get("ORG") or state.get("org") or "acme", env.get("WEBHOOK_URL", "")
        return cls(url.rstrip("/"), org, secret, stand_in.rstrip("/"), webhook_url)

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
