"""The numbers of a day: how many licenses were issued, became frozen, and expired, as the audit log tells it. Pure.

A license that is frozen twice counts twice. One that is issued frozen, or expired, counts as both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keystack.domain.audit import Action


@dataclass(frozen=True)
class Numbers:
    """Licenses, each counted on the UTC day on which the audit log was told."""

    issued: int = 0
    frozen: int = 0
    expired: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(self.issued + other.issued, self.frozen + other.frozen, self.expired + other.expired)


NOTHING = Numbers()


def numbers_of(action: str, detail: Mapping[str, Any]) -> Numbers:
    """Count what one audit entry tells.

    Issued: `licenses` of order.created, and of license.issued, which tells those that came later. Frozen and expired:
    `licenses` of license.frozen and license.expired; an entry about one license has no number, nor has one that an
    earlier version wrote: each counts as one license.
    """
    match action:
        case Action.ORDER_CREATED | Action.LICENSE_ISSUED:
            return Numbers(issued=_count(detail, otherwise=0))
        case Action.LICENSE_FROZEN:
            return Numbers(frozen=_count(detail, otherwise=1))
        case Action.LICENSE_EXPIRED:
            return Numbers(expired=_count(detail, otherwise=1))
    return NOTHING


def _count(detail: Mapping[str, Any], otherwise: int) -> int:
    told = detail.get("licenses")
    return told if isinstance(told, int) else otherwise
