"""The calls that a client makes of AWS: looked at, failing, or refused because a right, a table or a key is missing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import pytest
from keystack.aws.client import Client
from keystack.aws.errors import NoAnswerError, RefusedError
from keystack.storage import dynamodb

Request = Mapping[str, Any]
When = Literal["before", "after"]  # a call has its effect

NO_ANSWER = NoAnswerError("TimeoutError", sent=True)
THROTTLED = RefusedError("SendMessage", "ThrottlingException", 400, {})


@contextmanager
def hooked(
    client: Client,
    operation: str = "",
    before: Callable[[str, Request], object] | None = None,
    after: Callable[[str, dict[str, Any]], object] | None = None,
) -> Iterator[None]:
    """Let others see each call of `operation` (of any, if empty), and each answer, which they may change.

    What they raise, the call raises.
    """
    call = client.call

    def call_hooked(name: str, request: Request, path: str = "") -> Any:
        concerned = operation in ("", name)
        if before and concerned:
            before(name, request)
        answer = call(name, request, path)
        if after and concerned:
            after(name, answer)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "call", call_hooked)
        yield


@contextmanager
def counted(*clients: Client) -> Iterator[list[str]]:
    """Name each call of these clients; of those of DynamoDB, if none is given."""
    calls: list[str] = []
    with ExitStack() as stack:
        for client in clients or (dynamodb.client(), dynamodb.quick_client()):
            stack.enter_context(hooked(client, before=lambda operation, _: calls.append(operation)))
        yield calls


@contextmanager
def failing(client: Client, error: Exception = NO_ANSWER, operation: str = "") -> Iterator[None]:
    def fail(*_: object) -> None:
        raise error

    with hooked(client, operation, before=fail):
        yield


@contextmanager
def refused(
    client: Client, operation: str, code: str, about: str = "", message: str = "no", **more: Any
) -> Iterator[None]:
    """Let AWS refuse each call of `operation` that names `about` in its request."""

    def refuse(_: str, request: Request) -> None:
        if about in str(request):
            raise RefusedError(operation, code, 400, {"message": message, **more})

    with hooked(client, operation, before=refuse):
        yield
