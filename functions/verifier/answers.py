"""The verifier's responses, as API Gateway expects them."""

import json
from typing import Any

TITLES = {400: "Bad Request", 413: "Content Too Large", 503: "Service Unavailable"}


def json_response(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def problem_response(status: int, detail: str) -> dict[str, Any]:
    """Source: RFC 9457, "Problem Details for HTTP APIs"."""
    answer = json_response(status, {"title": TITLES[status], "status": status, "detail": detail})
    return {**answer, "headers": {"content-type": "application/problem+json"}}
