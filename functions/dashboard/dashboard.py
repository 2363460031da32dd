"""The dashboard: what a vendor sees and clicks. Pages are in `pages`, what they share is in `frame`."""

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from frame.access import Access, admit
from frame.problems import answer_to
from frame.request import Request, read_request
from frame.responses import problem_page
from keystack import environment
from keystack.errors import InvalidInputError
from keystack.logs import configure_logging, logger
from keystack.web.base_paths import without_base_path
from pages import (
    api_keys,
    assets,
    attention,
    audit,
    branding,
    customers,
    deliveries,
    home,
    license,
    licenses,
    mappings,
    orders,
    organization,
    plans,
    replays,
    rules,
    search,
    sign_in,
    stripe_connection,
)

configure_logging()


@dataclass(frozen=True)
class Environment:
    stage: str
    licenses_table: str
    mappings_table: str
    audit_table: str
    deliveries_table: str
    issue_queue_url: str
    freeze_queue_url: str
    expire_queue_url: str
    mail_transport: str
    mail_from: str = ""


ENVIRONMENT = environment.read(Environment)
GROUPS = (
    assets.pages,
    sign_in.pages,
    home.pages,
    attention.pages,
    search.pages,
    licenses.pages,
    license.pages,
    orders.pages,
    customers.pages,
    deliveries.pages,
    replays.pages,
    audit.pages,
    stripe_connection.pages,
    mappings.pages,
    rules.pages,
    plans.pages,
    branding.pages,
    api_keys.pages,
    organization.pages,
)

metrics = Metrics()
app = APIGatewayHttpResolver()
for group in GROUPS:
    app.include_router(group.router)


def answer_error(error: Exception) -> Response[str]:
    """Answer what went wrong before a page was chosen, or a session known."""
    return answer_to(_readable_request(), error)


app.exception_handler(Exception)(answer_error)


@app.not_found
def answer_unknown(error: NotFoundError) -> Response[str]:
    """Answer where there is no page; who is not signed in is not told which there are."""
    admitted = admit(_readable_request(), Access.READ)
    if not isinstance(admitted, Request):
        return admitted
    return problem_page(admitted, 404, "There is no such page", "Choose one in the menu, or search.")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of a browser."""
    answer = app.resolve(without_base_path(event), context)
    status = answer["statusCode"]
    logger.info("answered", route=event.get("rawPath"), status=status)
    metrics.add_metric(f"DashboardAnswered{status}", MetricUnit.Count, 1)
    return answer


def _readable_request() -> Request:
    """Read the request once more for a page about an error: without its form or its query, which may be the error."""
    event = {**app.current_event.raw_event, "body": ""}
    remaining = app.lambda_context.get_remaining_time_in_millis
    try:
        return read_request(event, remaining)
    except InvalidInputError:
        return read_request({**event, "rawQueryString": ""}, remaining)
