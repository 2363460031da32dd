"""AWS refusing calls, as the SDK tells it: a right, a table, a queue or a key is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError


def refusal(code: str, operation: str, message: str = "no", status: int = 400, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, operation)


@contextmanager
def refused(
    client: Any, operation: str, code: str, about: str = "", message: str = "no", **more: Any
) -> Iterator[None]:
    """Let AWS refuse each call of `operation` that names `about` in its parameters."""

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if about in str(params):
            raise refusal(code, operation, message, **more)

    event = f"provide-client-params.{client.meta.service_model.service_name}.{operation}"
    client.meta.events.register(event, refuse)
    try:
        yield
    finally:
        client.meta.events.unregister(event, refuse)
