"""The OpenAPI document, made of the code that validates, and the page to try it. Both need no key."""

import json
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer
from routing import BEARER

OPENAPI, DOCS = "/v1/openapi.json", "/v1/docs"
INFO: dict[str, Any] = {
    "title": "KeyStack for Stripe",
    "version": "1",
    "description": "Licenses for what customers buy through Stripe. Errors are problem details (RFC 9457).",
    "security_schemes": {BEARER: HTTPBearer(bearerFormat="ks_{org}_{id}_{secret}")},
}
POWERTOOLS_OWN = ("HTTPValidationError", "ValidationError", "ResponseValidationError")  # named, and never answered

# The page brings its scripts and styles along: a browser is told to load nothing from elsewhere.
ALONE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_documents(app: APIGatewayHttpResolver) -> None:
    """Give `app`, with all its routes, the document and the page."""

    @cache
    def document() -> str:
        whole = json.loads(app.get_openapi_json_schema(**INFO))
        for name in POWERTOOLS_OWN:
            whole["components"]["schemas"].pop(name, None)
        return json.dumps(whole)

    @app.get(OPENAPI, include_in_schema=False)
    def get_openapi() -> Response[str]:
        return Response(200, "application/json", document())

    app.enable_swagger(path=DOCS, middlewares=[_alone], compress=True, **INFO)


def _alone(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    answer = next_middleware(app)
    answer.headers["Content-Security-Policy"] = ALONE
    return answer
