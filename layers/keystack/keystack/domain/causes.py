"""Why a delivery fails, as a code: what has the same cause is mended together. Pure.

In writing a cause is `price_unmapped:price_x`, its kind and what it is about.
"""

from enum import StrEnum
from typing import NamedTuple


class CauseKind(StrEnum):
    PRICE_UNMAPPED = "price_unmapped"  # about: the price
    PRODUCT_UNMAPPED = "product_unmapped"  # the product
    QUANTITY_NOT_GRANTED = "quantity_not_granted"  # the price or product whose mapping has no grant for it
    PLAN_MISSING = "plan_missing"  # the plan
    STRIPE_KEY_MISSING = "stripe_key_missing"  # the mode
    STRIPE_KEY_REFUSED = "stripe_key_refused"
    PERMISSION_MISSING = "permission_missing"  # Stripe's name of the permission, if it told
    NOT_AT_STRIPE = "not_at_stripe"
    EMAIL_FAILED = "email_failed"
    GAVE_UP = "gave_up"  # after all retries
    OTHER = "other"  # the reason, word for word


class Cause(NamedTuple):
    kind: CauseKind
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}" if self.subject else str(self.kind)


def read_cause(text: str, reason: str) -> Cause:
    """Read what `str` of a cause wrote; without one (or with one of another version) it is the reason itself."""
    kind, _, subject = text.partition(":")
    if kind in set(CauseKind):
        return Cause(CauseKind(kind), subject)
    return Cause(CauseKind.OTHER, reason)
