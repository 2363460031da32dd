"""What a vendor would see: an order's licenses and their status, its history, its mails, Stripe's metadata.

Read through the shared package, from the stack's real tables: nothing here knows an attribute's name but the audit's.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from local.settings import CREDENTIALS, REGION, ROOT
from local.vendor import Target, call


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
    """Of one running stack; a process can look at one only."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self.org: str = state["org"]
        self.target = Target(state["url"], state["org"], state["webhook_secret"], state["stripe_api_base"])
        tables = {f"{name.upper()}_TABLE": table for name, table in state["tables"].items()}
        endpoint = {"AWS_ENDPOINT_URL": state["aws_endpoint_url"], "AWS_DEFAULT_REGION": REGION}
        os.environ.update({**CREDENTIALS, **endpoint, **tables})
        sys.path.insert(0, str(ROOT / "layers" / "keystack"))

    def licenses(self, order: str) -> list[SeenLicense]:
        """Return the licenses of an order with their status of now; none if there is no such order."""
        from keystack.domain.licenses import expires_at, license_status
        from keystack.storage.licenses import load_licenses, load_order

        stored = load_order(self.org, order)
        if stored is None:
            return []
        facts, now = stored.order.facts, int(time.time())
        return [
            SeenLicense(
                license.key,
                license.plan,
                license.seats,
                str(license_status(facts, license, now)),
                expires_at(facts, license),
            )
            for license in load_licenses(self.org, order)
        ]

    def audit(self, order: str) -> list[SeenEntry]:
        """Return what happened to an order, the oldest first."""
        from keystack.storage.audit import entries_of

        return [SeenEntry(item["at"], item["action"], item["detail"]) for item in entries_of(self.org, order)]

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Return the mails to an address, the oldest first."""
        _, body = call("GET", f"{self._state['url']}/local/mailbox.json")
        mails: list[dict[str, Any]] = json.loads(body)
        return [mail for mail in mails if to in mail["to"]]

    def metadata(self, customer: str) -> dict[str, str]:
        """Return the metadata that a Stripe customer carries."""
        found: dict[str, str] = self.target.stripe_customer(customer).get("metadata", {})
        return found
