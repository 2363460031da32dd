"""Validate a license key, without an API key. The response says nothing about the customer or the vendor."""

import time
from datetime import datetime
from typing import Any, Literal

from billing_responses import BillingResponse, billing_response
from keystack.domain.status import Status, expires_at, license_billing, license_status
from keystack.inputs.operations import ValidateRequest
from keystack.storage.licenses.search import find_by_key
from keystack.storage.mappings.plans import load_entitlements
from models import ResponseModel, moment
from pydantic import Field
from routing import PUBLIC, Routes

routes = Routes("Validate")


class ValidateResponse(ResponseModel):
    """Always of this shape; what is not known is null."""

    valid: bool = Field(description="Whether the status is `active`.")
    status: Literal["active", "frozen", "expired", "revoked", "unknown"]
    plan: str | None = Field(description="The plan's code.")
    seats: int | None
    entitlements: dict[str, Any] | None = Field(description="Of the plan as it is now.")
    expires_at: datetime | None
    livemode: bool | None
    billing: BillingResponse | None


UNKNOWN_LICENSE = ValidateResponse(
    valid=False,
    status="unknown",
    plan=None,
    seats=None,
    entitlements=None,
    expires_at=None,
    livemode=None,
    billing=None,
)


@routes.post("/v1/licenses/validate", PUBLIC)
def validate_license(body: ValidateRequest) -> ValidateResponse:
    """Say whether a license key is valid, and for which plan.

    An unknown key is no error: its status is `unknown`. The call is throttled: call it at the start and from time to
    time, and keep the last response for when there is no network.
    """
    found = find_by_key(body.key)
    if found is None:
        return UNKNOWN_LICENSE
    order, license = found.order, found.license
    status, end = license_status(order, license, int(time.time())), expires_at(order, license)
    entitlements = load_entitlements(order.org, [license.plan]).get(license.plan)
    return ValidateResponse(
        valid=status is Status.ACTIVE,
        status=status.value,
        plan=license.plan,
        seats=license.seats,
        entitlements=entitlements,
        expires_at=None if end is None else moment(end),
        livemode=order.livemode,
        billing=billing_response(license_billing(order, license)),
    )
