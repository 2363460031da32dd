"""What pages say of the cause of a failure: what it is, and where it is mended."""

from typing import NamedTuple

from keystack.domain.causes import Cause, CauseKind


class Mend(NamedTuple):
    """The page on which a person mends something, and the words of the link."""

    path: str
    words: str


WORDS = {
    CauseKind.PRICE_UNMAPPED: "{subject} is not mapped to a plan",
    CauseKind.PRODUCT_UNMAPPED: "{subject} is not mapped to a plan",
    CauseKind.QUANTITY_NOT_GRANTED: "the rules of {subject} have no grant for the quantity that was bought",
    CauseKind.PLAN_MISSING: "plan {subject} does not exist",
    CauseKind.STRIPE_KEY_MISSING: "there is no Stripe key for {subject} mode",
    CauseKind.STRIPE_KEY_REFUSED: "Stripe does not accept the stored key",
    CauseKind.PERMISSION_MISSING: "the Stripe key lacks a permission ({subject})",
    CauseKind.NOT_AT_STRIPE: "Stripe has no such object, in this account and mode",
    CauseKind.EMAIL_FAILED: "the e-mail could not be sent",
    CauseKind.GAVE_UP: "all retries failed",
    CauseKind.OTHER: "{subject}",
}
MENDED_AT = {
    CauseKind.PRICE_UNMAPPED: Mend("/settings/stripe/mappings", "Map prices to plans"),
    CauseKind.PRODUCT_UNMAPPED: Mend("/settings/stripe/mappings", "Map products to plans"),
    CauseKind.QUANTITY_NOT_GRANTED: Mend("/settings/stripe/rules", "Change the plan rules"),
    CauseKind.PLAN_MISSING: Mend("/settings/plans", "Make the plan"),
    CauseKind.STRIPE_KEY_MISSING: Mend("/settings/stripe", "Connect Stripe"),
    CauseKind.STRIPE_KEY_REFUSED: Mend("/settings/stripe", "Connect Stripe again"),
    CauseKind.PERMISSION_MISSING: Mend("/settings/stripe", "Look at the key's permissions"),
    CauseKind.NOT_AT_STRIPE: Mend("/settings/stripe", "Look at the connected key"),
}
MAPPABLE = (CauseKind.PRICE_UNMAPPED, CauseKind.PRODUCT_UNMAPPED)  # by a mapping of what the cause is about


def words_of(cause: Cause) -> str:
    """Say what a cause is, without what to do."""
    return WORDS[cause.kind].format(subject=cause.subject)
