"""An order as its vendor would see it: licenses with their status of now, and its history.

Read from the stack's tables through the shared package, which takes their names from the environment at import.
"""

import os
import sys
import time
from typing import Any

from local.settings import CREDENTIALS, REGION, ROOT


class Orders:
    """Of one running stack; a process can look at one only."""

    def __init__(self, org: str, endpoint: str, tables: dict[str, str]) -> None:
        self._org = org
        names = {f"{key.upper()}_TABLE": name for key, name in tables.items()}
        os.environ.update({**CREDENTIALS, **names, "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": REGION})
        sys.path.insert(0, str(ROOT / "layers" / "keystack"))

    def seen(self, order: str) -> dict[str, Any]:
        """Return `{"order", "licenses", "audit"}`, empty lists for an order that is not there."""
        from keystack.storage.audit.entries import entries_of

        audit = [{name: item[name] for name in ("at", "action", "detail")} for item in entries_of(self._org, order)]
        return {"order": order, "licenses": self._licenses(order), "audit": audit}

    def _licenses(self, order: str) -> list[dict[str, Any]]:
        from keystack.domain.licenses import expires_at, license_status
        from keystack.storage.licenses.licenses import load_licenses
        from keystack.storage.licenses.orders import load_order

        stored = load_order(self._org, order)
        if stored is None:
            return []
        facts, now = stored.order.facts, int(time.time())
        return [
            {
                "key": license.key,
                "plan": license.plan,
                "seats": license.seats,
                "status": str(license_status(facts, license, now)),
                "expires_at": expires_at(facts, license),
            }
            for license in load_licenses(self._org, order)
        ]
