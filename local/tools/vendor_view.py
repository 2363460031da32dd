"""What a vendor would see of a running stack, over HTTP: licenses and status, history, mails, Stripe's metadata."""

import json
from dataclasses import dataclass
from typing import Any

from local.stripe.webhooks import Target, call


@dataclass(frozen=True)
class SeenLicense:
    key: str
    plan: str
    seats: int
    status: str
    expires_at: int | None  # Unix seconds


@dataclass(frozen=True)
class SeenEntry:
    at: str
    action: str
    detail: dict[str, Any]


class VendorView:
    def __init__(self, state: dict[str, Any]) -> None:
        self._url: str = state["url"]
        self.target = Target(state["url"], state["org"], state["webhook_secret"], state["stripe_api_base"])

    def licenses(self, order: str) -> list[SeenLicense]:
        """Return the licenses of an order with their status of now; none if there is no such order."""
        return [SeenLicense(**each) for each in self._get(f"/local/orders/{order}.json")["licenses"]]

    def audit(self, order: str) -> list[SeenEntry]:
        """Return what happened to an order, the oldest first."""
        return [SeenEntry(**each) for each in self._get(f"/local/orders/{order}.json")["audit"]]

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Return the mails to an address, the oldest first."""
        return [mail for mail in self._get("/local/mailbox.json") if to in mail["to"]]

    def metadata(self, customer: str) -> dict[str, str]:
        """Return the metadata that a Stripe customer carries."""
        found: dict[str, str] = self.target.stripe_customer(customer).get("metadata", {})
        return found

    def _get(self, path: str) -> Any:
        status, body = call("GET", self._url + path)
        if status != 200:
            raise OSError(f"{path} was answered with {status}")
        return json.loads(body)
