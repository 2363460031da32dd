"""The API that a vendor's backend, its admins and its customers' software call. Routes are in the *_routes modules."""

import re
from dataclasses import dataclass
from typing import Any

import api_key_routes
import audit_routes
import delivery_routes
import issue_routes
import license_routes
import mapping_routes
import plan_routes
import preview_routes
import settings_routes
import validate_routes
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from cors import PATH as CORS_PATH
from cors import add_preflight, cors_headers
from keystack import environment
from keystack.logs import configure_logging, logger
from keystack.web.base_paths import without_base_path
from openapi import add_documents
from problems import answer_to, problem
from request_checks import normalize, read_body

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


ENVIRONMENT = environment.read(Environment)
GROUPS = (
    issue_routes.routes,
    validate_routes.routes,
    license_routes.routes,
    plan_routes.routes,
    mapping_routes.routes,
    preview_routes.routes,
    delivery_routes.routes,
    audit_routes.routes,
    settings_routes.routes,
    api_key_routes.routes,
)

metrics = Metrics()
app = APIGatewayHttpResolver(json_body_deserializer=read_body)
for group in GROUPS:
    app.include_router(group.router)
add_documents(app)
add_preflight(app)
app.exception_handler(Exception)(answer_to)


def refuse_other_methods(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Refuse PUT /v1/mappings/preview and the like, where a route with `<target>` matches a path of its own."""
    method, methods = app.current_event.http_method, _methods_of(app.current_event.path)
    if methods and method not in methods:
        return _method_not_allowed(method, methods)
    return next_middleware(app)


app.use([refuse_other_methods])


@app.not_found
def unknown_route(error: NotFoundError) -> Response[str]:
    """Answer a request that no route matches; the path may exist with other methods."""
    method, methods = app.current_event.http_method, _methods_of(app.current_event.path)
    if methods and method not in methods:
        return _method_not_allowed(method, methods)
    return problem("not-found", "there is no such call: GET /v1/openapi.json lists those that exist")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request. API keys and license keys may be in it: no cache keeps it, unless the route says so."""
    event = normalize(without_base_path(event))
    answer = app.resolve(event, context)
    answer["headers"] = {"Cache-Control": "no-store", **answer.get("headers", {}), **cors_headers(event)}
    who = (event["requestContext"].get("authorizer") or {}).get("lambda") or {}
    status = answer["statusCode"]
    logger.info("answered", route=event.get("rawPath"), status=status, org=who.get("org"), api_key=who.get("key_id"))
    metrics.add_metric(f"ApiAnswered{status}", MetricUnit.Count, 1)
    return answer


def _method_not_allowed(method: str, methods: list[str]) -> Response[str]:
    allowed = ", ".join(methods)
    return problem("method-not-allowed", f"{method} does not exist here: use {allowed}", headers={"Allow": allowed})


def _methods_of(path: str) -> list[str]:
    """Return the methods of a path, without those of routes for which it only looks like an id."""
    fitting = [each for group in GROUPS for each in group.declared if _fits(each.path, path)]
    literal = [each for each in fitting if each.path == path]  # /v1/licenses/validate names no license
    return sorted({each.method for each in literal or fitting} | ({"OPTIONS"} if path == CORS_PATH else set()))


def _fits(declared: str, path: str) -> bool:
    parts = (r"[^/]+" if part.startswith("<") else re.escape(part) for part in declared.split("/"))
    return re.fullmatch("/".join(parts), path) is not None
