"""How a route is declared: with its method, its path and the scope that the caller's key needs.

    routes = Routes("Plans")

    @routes.get("/v1/plans/<code>", Scope.READ)
    def get_plan(code: PlanCode) -> PlanResponse:
        \"\"\"Show a plan.\"\"\"

The declaration also sets the checks and their order, and what the OpenAPI document says of the route.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from auth import PUBLIC, Caller, caller_of
from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)
from error_responses import errors_of
from keystack.domain.api_keys import Scope
from request_checks import accepted_by, check_request

__all__ = ["PUBLIC", "Routes", "Scope"]

BEARER = "api_key"  # the security scheme's name in the OpenAPI document
RouteScope = Scope | Literal["public"]
F = TypeVar("F", bound=Callable[..., Any])

# The key's scope is checked before the request is: so the validation is placed here, after the scope.
_validate_request = OpenAPIRequestValidationMiddleware()  # type: ignore[no-untyped-call]
_validate_response = OpenAPIResponseValidationMiddleware(
    has_response_validation_error=True
)  # our mistake is a 500, not a 400


@dataclass(frozen=True)
class Declared:
    method: str
    path: str  # with <name>
    scope: RouteScope


class Routes:
    """A group of routes, all under one tag of the OpenAPI document."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.router = Router()  # type: ignore[no-untyped-call]
        self.declared: list[Declared] = []

    @property
    def caller(self) -> Caller:
        """Who called the route that is being answered."""
        return caller_of(self.router.current_event.raw_event)

    def get(self, path: str, scope: RouteScope) -> Callable[[F], F]:
        return self._route("GET", path, scope)

    def put(self, path: str, scope: RouteScope) -> Callable[[F], F]:
        return self._route("PUT", path, scope)

    def post(self, path: str, scope: RouteScope, status: int = 200, again: int | None = None) -> Callable[[F], F]:
        """`again` is the status of a repeated request."""
        return self._route("POST", path, scope, status, again)

    def delete(self, path: str, scope: RouteScope) -> Callable[[F], F]:
        return self._route("DELETE", path, scope, 204)

    def _route(
        self, method: str, path: str, scope: RouteScope, status: int = 200, again: int | None = None
    ) -> Callable[[F], F]:
        def declare(function: F) -> F:
            summary, _, more = (function.__doc__ or "").strip().partition("\n")
            needs = "Needs no API key." if scope == PUBLIC else f"Needs an API key with the scope `{scope}`."
            self.declared.append(Declared(method, path, scope))
            successes = {each: _success(each) for each in (status, again) if each}
            self.router.route(
                path,
                method,
                summary=summary,
                description="\n".join([line.strip() for line in more.strip().splitlines()] + ["", needs]).strip(),
                responses={**successes, **errors_of(method, path, scope)},
                tags=[self.tag],
                operation_id=function.__name__,
                security=None if scope == PUBLIC else [{BEARER: []}],
                status_code=status,
                middlewares=[
                    _empty_204,
                    _require_scope(scope),
                    check_request(accepted_by(function)),
                    _validate_request,
                    _validate_response,
                ],
            )(function)
            return function

        return declare


def _success(status: int) -> Any:
    phrase = HTTPStatus(status).phrase  # OK, Created …
    return {"description": phrase, "content": {}} if status == 204 else {"description": phrase}


def _require_scope(scope: RouteScope) -> Callable[[ApiGatewayResolver, NextMiddleware], Response[Any]]:
    def check_scope(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
        if isinstance(scope, Scope):
            caller_of(app.current_event.raw_event).require(scope)
        return next_middleware(app)

    return check_scope


def _empty_204(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Leave the body empty, where Powertools would write `null`."""
    response = next_middleware(app)
    if response.status_code == 204:
        return Response(204, headers={}, body="")
    return response
