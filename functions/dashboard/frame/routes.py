"""How a page is declared: with its method, its path and who may see it.

pages = Pages()

@pages.get("/licenses/<license_id>")
def show_license(request: Request, license_id: str) -> Response[str]: ...

@pages.post("/licenses/<license_id>/freeze")  # forms ask for the scope admin
def freeze_license(request: Request, license_id: str) -> Response[str]: ...
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from keystack.errors import NotFoundError

from frame.access import Access, admit
from frame.problems import answer_to
from frame.request import ROOT, Request, read_request

LONGEST_ID = 300  # characters
F = TypeVar("F", bound=Callable[..., Response[str]])


class Pages:
    """A group of pages."""

    def __init__(self) -> None:
        self.router = Router()  # type: ignore[no-untyped-call]
        self.declared: list[tuple[str, str, Access]] = []

    def get(self, path: str, access: Access = Access.READ) -> Callable[[F], F]:
        return self._declare("GET", path, access)

    def post(self, path: str, access: Access = Access.ADMIN) -> Callable[[F], F]:
        return self._declare("POST", path, access)

    def _declare(self, method: str, path: str, access: Access) -> Callable[[F], F]:
        def declare(function: F) -> F:
            @wraps(function)
            def answer(**parameters: str) -> Response[Any]:
                context = self.router.lambda_context
                request = read_request(self.router.current_event.raw_event, context.get_remaining_time_in_millis)
                admitted = admit(request, access)
                if not isinstance(admitted, Request):
                    return admitted
                try:
                    _refuse_long(parameters)
                    return function(admitted, **parameters)
                except Exception as error:
                    return answer_to(admitted, error)  # with the menu, which the way through the app would lose

            self.declared.append((method, path, access))
            self.router.route(ROOT + path, method, compress=True)(answer)
            return function

        return declare


def _refuse_long(parameters: Mapping[str, str]) -> None:
    """Refuse an id in an address that is longer than any: DynamoDB would refuse it as a key."""
    if any(len(value) > LONGEST_ID for value in parameters.values()):
        raise NotFoundError("no id is that long: the address may be damaged")
