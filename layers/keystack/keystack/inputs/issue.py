"""What a vendor's backend sends to have licenses issued."""

from typing import Annotated, Any

from pydantic import Field

from keystack.domain.plans import MAX_LICENSES, MAX_SEATS
from keystack.inputs.base import RequestModel
from keystack.inputs.catalogue import CODE_PATTERN

MetadataName = Annotated[str, Field(min_length=1, max_length=40)]
MetadataValue = Annotated[str, Field(max_length=500)]


def _stripe_id(prefix: str) -> str | None:
    name: str | None = Field(None, pattern=f"^{prefix}_[A-Za-z0-9_]{{1,200}}$")
    return name


class StripeReferences(RequestModel):
    """What the order is at Stripe. Refunds, disputes and deletions find it by these."""

    checkout_session: str | None = Field(
        None,
        pattern="^cs_(test|live)_[A-Za-z0-9_]{1,200}$",
        description="The order is then this session: webhook and backend can never both mint.",
    )
    payment_intent: str | None = _stripe_id("pi")
    subscription: str | None = _stripe_id("sub")
    invoice: str | None = _stripe_id("in")
    customer: str | None = _stripe_id("cus")


class IssueRequest(RequestModel):
    email: str = Field(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", examples=["ada@example.com"]
    )
    plan: str = Field(pattern=CODE_PATTERN, examples=["pro"])
    name: str | None = Field(None, min_length=1, max_length=200, description="The customer's.")
    quantity: int = Field(1, ge=1, le=MAX_LICENSES, description="How many licenses.")
    seats: int | None = Field(None, ge=1, le=MAX_SEATS, description="Of each license; the plan's if left out.")
    metadata: dict[MetadataName, MetadataValue] = Field({}, max_length=50, description="Yours; kept with the order.")
    send_email: bool = Field(False, description="Whether KeyStack mails the keys.")
    livemode: bool | None = Field(None, description="Live unless this says false, or the session is a test one.")
    stripe: StripeReferences = StripeReferences()

    def without_defaults(self) -> dict[str, Any]:
        """Return the fields that are not at their default, the Stripe ids beside the others.

        Stored orders hold a hash of this: a new field must have a default, and no name or default may change.
        """
        own = self.model_dump(exclude={"stripe"}, exclude_defaults=True)
        return {**own, **self.stripe.model_dump(exclude_defaults=True)}
