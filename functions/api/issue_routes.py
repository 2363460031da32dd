"""Issue: licenses because the vendor's own backend says so."""

import time
from typing import Annotated

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.metrics import MetricUnit
from keystack.domain.plans import CODE, MAX_LICENSES, MAX_SEATS
from keystack.management.issue import IssueRequest, issue
from license_responses import LicenseFields, OrderAnswer, license_fields, order_answer
from models import Answered, Asked
from pydantic import Field
from routing import ISSUE, Routes

routes = Routes("Issue")
metrics = Metrics()

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Whatever names this order at your side. With the same key and body a request issues once, however"
        " often it is repeated. Without one, and without a checkout_session, each request is a new order.",
    ),
]
MetadataName = Annotated[str, Field(min_length=1, max_length=40)]
MetadataValue = Annotated[str, Field(max_length=500)]


def _stripe_id(prefix: str) -> str | None:
    name: str | None = Field(None, pattern=f"^{prefix}_[A-Za-z0-9_]{{1,200}}$")
    return name


class StripeReferences(Asked):
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


class IssueBody(Asked):
    email: str = Field(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", examples=["ada@example.com"]
    )
    plan: str = Field(pattern=f"^{CODE.pattern}$", examples=["pro"])
    name: str | None = Field(None, min_length=1, max_length=200, description="The customer's.")
    quantity: int = Field(1, ge=1, le=MAX_LICENSES, description="How many licenses.")
    seats: int | None = Field(None, ge=1, le=MAX_SEATS, description="Of each license; the plan's if left out.")
    metadata: dict[MetadataName, MetadataValue] = Field({}, max_length=50, description="Yours; kept with the order.")
    send_email: bool = Field(False, description="Whether KeyStack mails the keys.")
    livemode: bool | None = Field(None, description="Live unless this says false, or the session is a test one.")
    stripe: StripeReferences = StripeReferences()


class IssueAnswer(Answered):
    order: OrderAnswer
    licenses: list[LicenseFields]


@routes.post("/v1/issue", ISSUE, 201, again=200)
def issue_licenses(body: IssueBody, idempotency_key: IdempotencyKey = None) -> Response[IssueAnswer]:
    """Issue licenses of a plan.

    200 instead of 201: the same request was answered before, or the webhook has minted the session's licenses, which
    are told as they are now. A payment's licenses are one order: a second order with the same Stripe ids is refused.
    """
    caller, now = routes.caller, int(time.time())
    asked = IssueRequest(**body.model_dump(exclude={"stripe"}), **body.stripe.model_dump())
    issued = issue(caller.org, asked, idempotency_key, caller.name, now)
    if issued.new:
        metrics.add_metric("LicensesIssued", MetricUnit.Count, len(issued.licenses))
    answer = IssueAnswer(
        order=order_answer(issued.order), licenses=[license_fields(issued.order, each, now) for each in issued.licenses]
    )
    return Response(201 if issued.new else 200, "application/json", answer)
