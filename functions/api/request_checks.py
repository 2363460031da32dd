"""What every request must keep to before its fields are looked at: size, media type, JSON, known parameters."""

import base64
import json
from typing import Any

from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from keystack.errors import InvalidInputError
from keystack.strict_json import read_json
from problems import RefusedError

MOST_BYTES = 256 * 1024  # of a body


def check_request(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Refuse what no route takes. An unknown parameter is an error: it may be a misspelt filter."""
    event, takes = app.current_event, app.context["_route"].dependant
    unknown = sorted(set(event.query_string_parameters or {}) - {parameter.alias for parameter in takes.query_params})
    if unknown:
        known = ", ".join(sorted(parameter.alias for parameter in takes.query_params)) or "none"
        raise InvalidInputError(f"{unknown[0][:100]!r} is not a parameter here; known are: {known}")
    body = event.body or ""
    if len(body.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise RefusedError("body-too-large", f"the body may have {MOST_BYTES} bytes at most")
    if body and takes.body_params:
        _check_media_type(str(event.headers.get("content-type") or ""))
        _check_object(event.json_body)
    return next_middleware(app)


def read_body(text: str) -> Any:
    """Parse a body, as Powertools hands it on."""
    try:
        return read_json(text.encode("utf-8"))
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not in a form that JSON knows"
        raise InvalidInputError(f"the body is not JSON ({reason}): mend it, then repeat") from error


def readable(event: dict[str, Any]) -> dict[str, Any]:
    """Undo the base64 of bodies that API Gateway takes for binary, and write the media type in lower case."""
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
        raise InvalidInputError("the body has half a character (a lone surrogate): mend it, then repeat") from error
