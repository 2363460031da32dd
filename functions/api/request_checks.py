"""Checks of every request before its fields are validated: size, media type, JSON, known parameters."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from keystack.errors import InvalidInputError
from keystack.strict_json import read_json
from problems import RefusedError
from pydantic import BaseModel

MAX_BYTES = 256 * 1024  # of a body


@dataclass(frozen=True)
class Accepted:
    """What a route takes: the names of its query parameters, and whether it has a body."""

    parameters: frozenset[str]
    body: bool


def accepted_by(route: Callable[..., Any]) -> Accepted:
    """Read from a route's signature what it takes: parameters marked with `Query`, and a model or `Body`."""
    hints = get_type_hints(route, include_extras=True)
    hints.pop("return", None)
    marks = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    queries = {mark.alias or name for name, all_of in marks.items() for mark in all_of if isinstance(mark, Query)}
    bodies = [mark for all_of in marks.values() for mark in all_of if isinstance(mark, Body)]
    models = [hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, BaseModel)]
    return Accepted(frozenset(queries), bool(bodies or models))


def check_request(accepted: Accepted) -> Callable[[ApiGatewayResolver, NextMiddleware], Response[Any]]:
    """Refuse what the route does not take. An unknown parameter is an error: it may be a misspelt filter."""

    def check(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
        event = app.current_event
        unknown = sorted(set(event.query_string_parameters or {}) - accepted.parameters)
        if unknown:
            known = ", ".join(sorted(accepted.parameters)) or "none"
            raise InvalidInputError(f"{unknown[0][:100]!r} is not a parameter here; known are: {known}")
        body = event.body or ""
        if len(body.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise RefusedError("body-too-large", f"the body may have {MAX_BYTES} bytes at most")
        if body and accepted.body:
            _check_media_type(str(event.headers.get("content-type") or ""))
            _check_object(event.json_body)
        return next_middleware(app)

    return check


def read_body(text: str) -> Any:
    """Parse a body; Powertools calls this."""
    try:
        return read_json(text.encode("utf-8"))
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not in a form that JSON knows"
        raise InvalidInputError(f"the body is not JSON ({reason}): fix it, then repeat") from error


def normalize(event: dict[str, Any]) -> dict[str, Any]:
    """Decode bodies that API Gateway took for binary from base64, and write the media type in lower case."""
    headers = {name: value.lower() if name == "content-type" else value for name, value in event["headers"].items()}
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True).decode("utf-8")
        except ValueError:
            body = "\ufffd"  # no UTF-8, so no JSON either
    return {**event, "headers": headers, "body": body, "isBase64Encoded": False}


def _check_media_type(given: str) -> None:
    kind = given.partition(";")[0].strip()
    if kind not in ("", "application/json"):
        raise RefusedError(
            "unsupported-media-type",
            f"the body's media type is {kind[:100]}: send JSON with Content-Type: application/json (curl: --json)",
        )


def _check_object(value: Any) -> None:
    if not isinstance(value, dict):
        raise InvalidInputError("the body must be a JSON object")
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInputError("the body has half a character (a lone surrogate): fix it, then repeat") from error
