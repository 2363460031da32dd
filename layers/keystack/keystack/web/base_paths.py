"""The part of a path that stands before our routes: a custom domain's API mapping, or a stage's name.

At https://api.vendor.example/licensing/v1/plans the mapping is `licensing`, and API Gateway leaves it in `rawPath`,
which is decoded already. (AWS: "Map API stages to a custom domain name for HTTP APIs".)
"""

import re
from typing import Any
from urllib.parse import unquote

BASE_PATH = "basePath"  # where the event carries it from here on


def without_base_path(event: dict[str, Any]) -> dict[str, Any]:
    """Cut off what stands before the route that API Gateway has matched; without a match nothing is cut off."""
    raw_path = str(event.get("rawPath", ""))
    base = _base_path(raw_path, _matched_path(event))
    if not base:
        return {**event, BASE_PATH: ""}
    path = raw_path[len(base) :]
    context = event["requestContext"]
    context = {**context, "stage": "$default", "http": {**context["http"], "path": path}}
    return {**event, BASE_PATH: base, "rawPath": path, "requestContext": context}


def _matched_path(event: dict[str, Any]) -> str:
    """Fill the route's parameters in: `ANY /v1/{proxy+}` with `plans/pro` is /v1/plans/pro."""
    _, _, route = str(event.get("routeKey", "")).partition(" ")
    parameters = event.get("pathParameters") or {}
    return re.sub(r"\{(\w+)\+?\}", lambda name: str(parameters.get(name[1], "")), route)


def _base_path(raw_path: str, matched: str) -> str:
    """A mapping has no character that would be percent-encoded: so it is as long in either form."""
    whole, end = unquote(raw_path).rstrip("/"), unquote(matched).rstrip("/")
    return whole.removesuffix(end) if end and whole.endswith(end) else ""
