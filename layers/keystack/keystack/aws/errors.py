"""What can go wrong with a call to AWS, and how it becomes one of our errors, for every service alike.

    AwsError
    ├── NoAnswerError    nobody answered in time
    └── RefusedError     the service answered that it did not do it

The module that makes a call handles what means something to that call alone (our own failed condition, a secret that
is not there, a refused mail). The rest is the fault of AWS or of the deployment, never the caller's.
"""

import re
from collections.abc import Mapping
from typing import Any

from keystack.errors import DeploymentError, RetryLaterError


class AwsError(Exception):
    """A call to AWS failed. It never leaves the room that made the call."""


class NoAnswerError(AwsError):
    """There was no answer. `sent` tells whether the request may have reached AWS, and so may have had its effect."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class RefusedError(AwsError):
    """An answer that is an error: its code, its HTTP status, and its JSON."""

    def __init__(self, operation: str, code: str, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code
        self.status = status
        self.answer = answer

    @property
    def is_unsure(self) -> bool:
        """Tell whether the call may have had its effect all the same."""
        return self.status >= 500

    @property
    def message(self) -> str:
        """AWS's own words, which may quote what was sent."""
        return str(self.answer.get("message") or self.answer.get("Message") or "")


# Throttling has many names, which all have "Throttl" in them; these are the other ways to be busy.
BUSY = {
    "InternalServerError",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_DENIED = r"not authorized to perform: (\S+) on resource: (arn:[^\s,]+)"  # IAM's sentence


def is_busy(error: RefusedError) -> bool:
    """Tell whether the service could not do it now, for reasons of its own."""
    return error.code in BUSY or "Throttl" in error.code or error.status == 429 or error.status >= 500


def from_aws(service: str, resource: str, error: AwsError) -> RetryLaterError:
    """Turn an error of `service` about `resource` (a table, a queue, a secret's name) into ours.

    AWS's own words are not repeated, for they may quote what was sent; a missing right is.
    """
    if not isinstance(error, RefusedError):
        return RetryLaterError(f"{service} did not answer ({error})")
    if is_busy(error):
        return RetryLaterError(f"{service} is busy ({error.code})")
    denied = re.search(_DENIED, error.message)
    why = f"{error.code}: {denied[1]} on {denied[2]}" if denied else error.code
    return DeploymentError(refusal(service, error.operation, resource, why))


def refusal(service: str, operation: str, resource: str, why: str) -> str:
    """Say what AWS refused."""
    return (
        f"{service} refused {operation} on {resource} ({why}): "
        "the function's role or the resource is not as deployed, so check the deployment"
    )
