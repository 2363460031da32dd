"""A change of what an organization configures, as the audit log tells it."""

from collections.abc import Mapping
from typing import Any

from keystack.domain.audit import Action, AuditEntry

CREATED, CHANGED, DELETED = "created", "changed", "deleted"
PLAN, MAPPING, API_KEY, SETTINGS = "plan", "mapping", "api_key", "settings"


def change(kind: str, name: str, what: str, now: int, unique: str, detail: Mapping[str, Any]) -> AuditEntry:
    """Tell that the plan, mapping … `name` was created, changed or deleted. `unique` makes the entry's id.

    The subject is `plan:pro`: the colon keeps it apart from an order's id, which has none.
    """
    return AuditEntry(unique, Action(f"{kind}.{what}"), f"{kind}:{name}", detail)
