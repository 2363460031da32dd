"""A license and its status: `facts × now → status`. Times are Unix seconds."""

import base64
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from keystack.domain.facts import Facts, SubscriptionDeleted
from keystack.domain.holds import Hold, open_holds

DAY = 86_400  # seconds
ID_PREFIX = "lic_"


class Status(StrEnum):
    """By precedence, the strongest first."""

    REVOKED = "revoked"
    FROZEN = "frozen"
    EXPIRED = "expired"
    ACTIVE = "active"


@dataclass(frozen=True)
class License:
    """One paid line item and unit. `facts` are about this license alone; those about its order are the order's."""

    id: str
    key: str
    plan: str
    kind: str
    seats: int
    line: str
    unit: int
    created_at: int
    duration_days: int | None = None
    facts: Facts = field(default_factory=dict)


def license_id(org: str, order: str, line: str, unit: int) -> str:
    """Derive a license's id, so that one line item and unit can only ever be one license."""
    digest = hashlib.sha256("\n".join((org, order, line, str(unit))).encode("utf-8", "replace")).digest()
    return ID_PREFIX + base64.b32encode(digest[:15]).decode("ascii").lower()


def expires_at(order_facts: Facts, license: License) -> int | None:
    """Say when it expires, or None: never, as far as the facts tell."""
    if license.kind == "fixed" and license.duration_days:
        return _paid_at(order_facts, license.created_at) + license.duration_days * DAY
    if license.kind == "subscription":
        return subscription_end(order_facts)
    return None


def _paid_at(order_facts: Facts, otherwise: int) -> int:
    """The moment from which a fixed duration counts."""
    paid = order_facts.get("paid")
    return paid.at if paid else otherwise


def subscription_end(order_facts: Facts) -> int | None:
    """Say until when the order's subscription was paid, once it is deleted."""
    return min((f.expires_at for f in order_facts.values() if isinstance(f, SubscriptionDeleted)), default=None)


def license_holds(order_facts: Facts, license: License) -> tuple[Hold, ...]:
    """Name the open holds, those of the order and the license's own."""
    return open_holds({**order_facts, **license.facts})


def license_status(order_facts: Facts, license: License, now: int) -> Status:
    if "revoked" in order_facts or "revoked" in license.facts:
        return Status.REVOKED
    if license_holds(order_facts, license):
        return Status.FROZEN
    end = expires_at(order_facts, license)
    if end is not None and end <= now:
        return Status.EXPIRED
    return Status.ACTIVE
