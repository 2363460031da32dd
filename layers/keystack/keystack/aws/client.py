"""A service's client: it signs a call, sends it, tries again what may be tried again, and reads the answer.

Source: Smithy, "AWS JSON 1.0 protocol" and "AWS restJson1 protocol"; AWS SDKs and Tools Reference Guide, "Retry
behavior" (mode standard) and "Service-specific endpoints" (AWS_ENDPOINT_URL).
"""

import json
import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from keystack import environment
from keystack.aws import connections
from keystack.aws.connections import Answer, Timeouts
from keystack.aws.errors import NoAnswerError, RefusedError, is_busy
from keystack.aws.signing import Credentials, Scope, sign


class Service(NamedTuple):
    """One of AWS's services that speak JSON.

    `host` is the first label of its endpoint's name, `signed_as` what its signatures call it. `target` stands before
    the operation in X-Amz-Target; it is empty for a service that tells operations by their path.
    """

    host: str
    signed_as: str
    content_type: str
    target: str = ""


class Patience(NamedTuple):
    """How long a call may take. Without `repeats_lost`, a call that may have had its effect is not made again.

    The waits between attempts are random, up to 1 s, then up to 2, 4 and so on.
    """

    timeouts: Timeouts
    attempts: int
    repeats_lost: bool = True


class Client:
    """Calls of one service, with one patience."""

    def __init__(self, service: Service, patience: Patience) -> None:
        self.service = service
        self.patience = patience

    def call(self, operation: str, request: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """Make a call and return its answer. Raises RefusedError and NoAnswerError."""
        body = json.dumps(request, separators=(",", ":")).encode("ascii")
        for attempt in range(1, self.patience.attempts):
            try:
                return self._try(operation, body, path)
            except NoAnswerError as error:
                if error.sent and not self.patience.repeats_lost:
                    raise
            except RefusedError as error:
                if not is_busy(error) or (error.is_unsure and not self.patience.repeats_lost):
                    raise
            time.sleep(random.random() * 2 ** (attempt - 1))  # noqa: S311 - no secret
        return self._try(operation, body, path)

    @property
    def endpoint(self) -> str:
        """The service's URL in this region, without a path."""
        given = environment.variable("AWS_ENDPOINT_URL", "").rstrip("/")
        suffix = environment.variable("URL_SUFFIX", "amazonaws.com")
        return given or f"https://{self.service.host}.{_region()}.{suffix}"

    def _try(self, operation: str, body: bytes, path: str) -> dict[str, Any]:
        url = f"{self.endpoint}{path or '/'}"
        headers = {"Content-Type": self.service.content_type}
        if self.service.target:
            headers["X-Amz-Target"] = f"{self.service.target}.{operation}"
        scope = Scope(self.service.signed_as, _region())
        signed = sign(url, headers, body, _credentials(), scope, time.time())
        return _read(operation, connections.post(url, signed, body, self.patience.timeouts))


def _region() -> str:
    """Read the region. Lambda passes it twice; AWS_REGION takes precedence."""
    return environment.variable("AWS_REGION", "") or environment.variable("AWS_DEFAULT_REGION")


def _credentials() -> Credentials:
    """Read the role's keys, which Lambda passes for as long as the process lives."""
    return Credentials(
        environment.variable("AWS_ACCESS_KEY_ID"),
        environment.variable("AWS_SECRET_ACCESS_KEY"),
        environment.variable("AWS_SESSION_TOKEN", ""),
    )


def _read(operation: str, answer: Answer) -> dict[str, Any]:
    found = _json_object(answer.body)
    if answer.status >= 300:
        raise RefusedError(operation, _code(answer, found or {}), answer.status, found or {})
    if found is None:
        raise NoAnswerError("what came is no JSON", sent=True)
    return found


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _code(answer: Answer, found: Mapping[str, Any]) -> str:
    """Read an error's code: X of `X`, `com.amazonaws.sqs#X` and `com.amazonaws.sqs#X:http://…`."""
    given = answer.headers.get("x-amzn-errortype") or found.get("__type") or found.get("code") or answer.status
    return str(given).partition(":")[0].rpartition("#")[2]
