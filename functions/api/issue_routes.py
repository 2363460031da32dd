"""Issue licenses at the request of the vendor's own backend."""

import time
from typing import Annotated

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.metrics import MetricUnit
from keystack.inputs.issue import IssueRequest
from keystack.management.issue import issue
from license_responses import LicenseFields, OrderResponse, license_fields, order_response
from models import ResponseModel
from routing import Routes, Scope

routes = Routes("Issue")
metrics = Metrics()

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Your own name of this order. With the same key and body a request issues once, however"
        " often it is repeated. Without one, and without a checkout_session, each request is a new order.",
    ),
]


class IssueResponse(ResponseModel):
    order: OrderResponse
    licenses: list[LicenseFields]


@routes.post("/v1/issue", Scope.ISSUE, 201, again=200)
def issue_licenses(body: IssueRequest, idempotency_key: IdempotencyKey = None) -> Response[IssueResponse]:
    """Issue licenses of a plan.

    200 instead of 201: the same request was answered before, or the webhook has minted the session's licenses, which
    are returned as they are. A payment's licenses are one order: a second order with the same Stripe ids is refused.
    """
    caller, now = routes.caller, int(time.time())
    issued = issue(caller.org, body, idempotency_key, caller.name, now)
    if issued.new:
        metrics.add_metric("LicensesIssued", MetricUnit.Count, len(issued.licenses))
    response = IssueResponse(
        order=order_response(issued.order),
        licenses=[license_fields(issued.order, each, now) for each in issued.licenses],
    )
    return Response(201 if issued.new else 200, "application/json", response)
