"""A license and its status: `facts × now → status`. Times are Unix seconds."""

import base64
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from keystack.domain.facts import LicenseFacts, OrderFacts
from keystack.domain.holds import Hold, open_holds
from keystack.domain.plan_kinds import PlanKind, expiry

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
    kind: PlanKind
    seats: int
    line: str
    unit: int
    created_at: int
    duration_days: int | None = None
    facts: LicenseFacts = field(default_factory=dict)


def license_id(org: str, order: str, line: str, unit: int) -> str:
    """Derive a license's id, so that one line item and unit can only ever be one license."""
    digest = hashlib.sha256("\n".join((org, order, line, str(unit))).encode("utf-8", "replace")).digest()
    return ID_PREFIX + base64.b32encode(digest[:15]).decode("ascii").lower()


def expires_at(order_facts: OrderFacts, license: License) -> int | None:
    """Say when it expires, or None: never, as far as the facts tell."""
    return expiry(license.kind, license.duration_days, order_facts, license.created_at)


def license_holds(order_facts: OrderFacts, license: License) -> tuple[Hold, ...]:
    """Name the open holds, those of the order and the license's own."""
    return open_holds({**order_facts, **license.facts})


def license_status(order_facts: OrderFacts, license: License, now: int) -> Status:
    if "revoked" in license.facts:
        return Status.REVOKED
    if license_holds(order_facts, license):
        return Status.FROZEN
    end = expires_at(order_facts, license)
    if end is not None and end <= now:
        return Status.EXPIRED
    return Status.ACTIVE
