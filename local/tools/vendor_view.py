"""What a vendor sees of a running stack: licenses and history by the API, mails, Stripe's metadata."""

import json
from typing import Any

from local.client import call
from local.stripe.purchases import Purchase
from local.stripe.webhooks import Target
from local.tools.api import Api, AuditEntry, License


class VendorView:
    def __init__(self, state: dict[str, Any]) -> None:
        self.target = Target(state["url"], state["org"], state["webhook_secret"], state["stripe_api_base"])
        self._api = Api(state["url"], state["api_key"])

    def licenses(self, bought: Purchase) -> list[License]:
        """Return the licenses of a purchase with their status of now; none if it is not there."""
        return self._api.licenses(bought.order, bought.email)

    def license_ids(self, bought: Purchase) -> list[str]:
        return self._api.license_ids(bought.order, bought.email)

    def audit(self, bought: Purchase) -> list[AuditEntry]:
        """Return what happened to a purchase, the oldest first."""
        return self._api.audit(bought.order)

    def deliveries(self, status: str) -> list[dict[str, Any]]:
        """Return the newest deliveries of a status."""
        return self._api.deliveries(status)

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Return the mails to an address, the oldest first."""
        status, body = call("GET", f"{self.target.url}/local/mailbox.json")
        if status != 200:
            raise OSError(f"the mailbox was answered with {status}")
        return [mail for mail in json.loads(body) if to in mail["to"]]

    def metadata(self, customer: str) -> dict[str, str]:
        """Return the metadata that a Stripe customer carries."""
        found: dict[str, str] = self.target.stripe_customer(customer).get("metadata", {})
        return found
