"""A license: one paid line item and unit. Times are Unix seconds."""

import base64
import hashlib
from dataclasses import dataclass, field

from keystack.domain.facts import LicenseFacts
from keystack.domain.plan_kinds import PlanKind

ID_PREFIX = "lic_"


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
