"""What API Gateway and Lambda let through, so that what is too large or too slow for them fails here too.

Documented by AWS: the sizes and the 30 s ("Quotas for configuring and running an HTTP API in API Gateway", "Lambda
quotas": 6 MB each for request and response); that a function's failure is the message of INTERNAL_ERROR
("Troubleshooting issues with HTTP API Lambda integrations"); that Lambda's Invoke refuses a larger event with 413. The
bytes of the 6 MB are those of Lambda's own error messages. A batch of messages needs no check: Lambda itself makes it
no larger than 6 MB ("EventSourceMappingConfiguration", BatchSize).

Assumed, for no page of AWS says it: that an HTTP API passes that 413 on (a REST API does), and 431 for headers.
"""

import json
from typing import Any

from local.settings import StartError
from local.stack.specs import FunctionSpec, RouteSpec
from local.web import Request, json_response

MAX_HEADERS = 10_240  # bytes of the request line and the headers' values
MAX_EVENT = 6_291_456  # bytes of the whole event as JSON, base64 included
MAX_ANSWER = 6_291_556  # bytes of what a handler returns, as JSON
MAX_SECONDS = 30  # that API Gateway waits for a function

TOO_LARGE = json_response(413, {"message": "Request Entity Too Large"})
HEADERS_TOO_LARGE = json_response(431, {"message": "Request Header Fields Too Large"})
INTERNAL_ERROR = json_response(500, {"message": "Internal Server Error"})


def header_bytes(request: Request) -> int:
    """Count the bytes of the request line and the headers' values."""
    line = f"{request.method} {request.raw_path}?{request.query} {request.version}"
    return len(line.encode()) + sum(len(value.encode()) for _, value in request.headers)


def json_bytes(value: Any) -> int:
    """Count the bytes of a value as JSON in UTF-8, which is what Lambda's Python writes since 3.12."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def refuse_slow_functions(routes: list[RouteSpec], functions: dict[str, FunctionSpec]) -> None:
    """Refuse a function that may go on when API Gateway has given up: its answer, and what it did, would be unknown."""
    for route in routes:
        if functions[route.function].timeout > MAX_SECONDS:
            raise StartError(
                f"{route.function} answers {route.path}, for which API Gateway waits {MAX_SECONDS} s: lower its Timeout"
            )
