"""The local gateway lets through what API Gateway and Lambda let through, and no more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.settings import StartError
from local.stack.gateway import Gateway
from local.stack.limits import refuse_slow_functions
from local.stack.specs import FunctionSpec, RouteSpec
from local.web import Request, Response

Handler = Callable[[dict[str, Any]], Any]


class _Functions:
    """One function that answers what a test says, and the events that it got."""

    def __init__(self, handler: Handler) -> None:
        self.events: list[dict[str, Any]] = []
        self._handler = handler

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        self.events.append(event)
        return self._handler(event)


def fine(event: dict[str, Any]) -> Any:
    return {"statusCode": 200, "body": "fine"}


def no_page(request: Request) -> Response:
    raise AssertionError


def ask(
    handler: Handler = fine, body: bytes | None = b"", kind: str = "application/json", **headers: str
) -> tuple[int, bytes, int]:
    """Post to the function; returns status and body of the response, and how often the function was invoked."""
    functions = _Functions(handler)
    route = RouteSpec("POST", "/x", "Function", None)
    request = Request("POST", "/x", "", (("Content-Type", kind), *headers.items()), body, "127.0.0.1", "HTTP/1.1")
    response = Gateway([route], functions, no_page).answer(request)  # type: ignore[arg-type]
    return response.status, response.body, len(functions.events)


MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 6_290_000, "application/json", 200),
        (b"x" * 6_291_456, "application/json", 413),  # and the rest of the event
        (b'"' * (3 * MEGABYTE), "application/json", 413),  # each is written \" in the event
        (b"x" * (4 * MEGABYTE), "application/octet-stream", 200),  # 5.3 MiB in base64
        (b"x" * (5 * MEGABYTE), "application/octet-stream", 413),  # 6.7 MiB in base64
        (("ä" * (2 * MEGABYTE)).encode(), "application/json", 200),
        (None, "application/json", 413),  # more than 10 MB: local/web.py did not even keep it
    ],
)
def test_an_event_may_have_six_megabytes(body: bytes | None, kind: str, status: int) -> None:
    answered, _, invoked = ask(body=body, kind=kind)
    assert (answered, invoked) == (status, int(status == 200))


def test_what_is_too_large_is_told_in_api_gateways_words() -> None:
    status, body, _ = ask(body=b"x" * 7_000_000)
    assert (status, body) == (413, b'{\n  "message": "Request Entity Too Large"\n}')


@pytest.mark.parametrize(
    ("body", "status"),
    [("x" * 6_291_000, 200), ("x" * 6_291_556, 500), ('"' * 3_200_000, 500), ("ä" * 3_100_000, 200)],
)
def test_an_answer_may_have_six_megabytes(body: str, status: int) -> None:
    assert ask(lambda event: {"statusCode": 200, "body": body})[0] == status


def test_a_function_that_may_outlast_api_gateway_is_not_started() -> None:
    def start(seconds: float) -> None:
        function = FunctionSpec("Function", Path(), "x.handler", seconds, 128, {})
        refuse_slow_functions([RouteSpec("POST", "/x", "Function", None)], {"Function": function})

    start(30)
    with pytest.raises(StartError, match=r"Function answers /x, for which API Gateway waits 30 s: lower its Timeout"):
        start(31)


@pytest.mark.parametrize(("size", "status"), [(10_000, 200), (10_300, 431)])
def test_headers_are_short(size: int, status: int) -> None:
    assert ask(Cookie="x" * size)[0] == status
