"""How a subscription stands, as the API answers it."""

from datetime import datetime

from keystack.domain.billing import Billing
from keystack.domain.subscriptions import SubscriptionStatus
from models import ResponseModel, moment
from pydantic import Field


class BillingResponse(ResponseModel):
    """How the subscription stands at Stripe. Null for what is none, and for older orders until the next event."""

    state: SubscriptionStatus
    collection_paused: bool = Field(description="Invoices are not collected for now; the license stays valid.")
    paid_through: datetime | None = Field(description="The end of the latest period that is paid or free.")
    cancels_at: datetime | None = Field(description="When the subscription ends, or has ended.")


def billing_response(billing: Billing | None) -> BillingResponse | None:
    if billing is None:
        return None
    return BillingResponse(
        state=billing.state,
        collection_paused=billing.collection_paused,
        paid_through=None if billing.paid_through is None else moment(billing.paid_through),
        cancels_at=None if billing.cancels_at is None else moment(billing.cancels_at),
    )
