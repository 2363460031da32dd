"""The HTTP door: routes of the template to their functions, and the local-only pages under /local/."""

import time
from collections.abc import Callable
from typing import Any

from local.console import note
from local.stack import limits
from local.stack.authorizers import authorize
from local.stack.functions import Functions
from local.stack.lambda_http import from_answer, to_event
from local.stack.limits import HEADERS_TOO_LARGE, INTERNAL_ERROR, TOO_LARGE, header_bytes, json_bytes
from local.stack.routing import Router
from local.stack.runtime import FunctionError
from local.stack.specs import RouteSpec
from local.web import Request, Response, json_response

NOT_FOUND = json_response(404, {"message": "Not Found"})


class Gateway:
    def __init__(self, routes: list[RouteSpec], functions: Functions, local: Callable[[Request], Response]) -> None:
        self._router = Router(routes)
        self._functions = functions
        self._local = local

    def answer(self, request: Request) -> Response:
        """Answer any request, and say so in one line."""
        if request.raw_path == "/local" or request.raw_path.startswith("/local/"):
            return self._local(request)
        started = time.monotonic()
        response = self._routed(request)
        milliseconds = (time.monotonic() - started) * 1000
        note(
            f"{request.method:<4} {request.raw_path}  {response.status}, {milliseconds:.0f} ms",
            warn=response.status >= 500,
        )
        return response

    def _routed(self, request: Request) -> Response:
        if request.body is None:
            return TOO_LARGE
        if header_bytes(request) > limits.MAX_HEADERS:
            return HEADERS_TOO_LARGE
        match = self._router.match(request.method, request.raw_path)
        if match is None:
            return NOT_FOUND
        event = to_event(request, match.key, match.parameters)
        if match.route.authorizer:
            refusal = authorize(match.route.authorizer, event, self._functions)
            if refusal:
                return refusal
        if json_bytes(event) > limits.MAX_EVENT:
            return TOO_LARGE
        return self._invoked(match.route.function, event)

    def _invoked(self, function: str, event: dict[str, Any]) -> Response:
        try:
            answer = self._functions.invoke(function, event)
        except FunctionError as error:
            note(str(error), warn=True)
            return INTERNAL_ERROR
        if json_bytes(answer) > limits.MAX_ANSWER:
            note(f"{function}: Response payload size exceeded maximum allowed payload size", warn=True)
            return INTERNAL_ERROR
        return from_answer(answer)
