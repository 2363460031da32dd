"""CORS for the one route that customers' software calls from a browser or an Electron app, whose origin may be `null`.

It asks for no API key and no cookie, so any origin may. (Fetch Standard, "CORS protocol".)
"""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

PATH = "/v1/licenses/validate"
CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Max-Age": "7200",  # seconds; Chromium keeps it no longer
}


def add_preflight(app: APIGatewayHttpResolver) -> None:
    """Give `app` the route that a browser asks before it sends JSON."""

    @app.route(PATH, "OPTIONS", include_in_schema=False)
    def answer_preflight() -> Response[str]:
        return Response(204, headers=dict(PREFLIGHT_HEADERS), body="")


def cors_headers(event: dict[str, Any]) -> dict[str, str]:
    """Return the headers of every response to this request, errors included; none for the other routes."""
    call = event["requestContext"]["http"]["method"], event["rawPath"]
    return CORS_HEADERS if call in {("POST", PATH), ("OPTIONS", PATH)} else {}
