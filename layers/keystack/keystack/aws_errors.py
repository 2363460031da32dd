"""Turns errors of AWS services into ours, for every service alike. The verifier imports this: nothing heavy.

The module that makes a call handles what means something to that call alone (our own failed condition, a secret that
is not there, a refused mail). The rest is the fault of AWS or of the deployment, never the caller's.
"""

import re

from botocore.exceptions import BotoCoreError, ClientError

from keystack.errors import DeploymentError, RetryLaterError

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
_DENIED = re.compile(r"not authorized to perform: (\S+) on resource: (arn:[^\s,]+)")  # IAM's sentence


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_busy(error: ClientError) -> bool:
    """Tell whether the service could not do it now, for reasons of its own."""
    code, status = error_code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code in BUSY or "Throttl" in code or status == 429 or status >= 500


def from_aws(service: str, resource: str, error: ClientError | BotoCoreError) -> RetryLaterError:
    """Turn an error of `service` about `resource` (a table, a queue, a secret's name) into ours.

    AWS's own words are not repeated, for they may quote what was sent; a missing right is.
    """
    if not isinstance(error, ClientError):
        return RetryLaterError(f"{service} did not answer ({type(error).__name__})")
    code = error_code(error)
    if is_busy(error):
        return RetryLaterError(f"{service} is busy ({code})")
    denied = _DENIED.search(str(error.response.get("Error", {}).get("Message", "")))
    why = f"{code}: {denied[1]} on {denied[2]}" if denied else code
    return DeploymentError(refusal(service, error.operation_name, resource, why))


def refusal(service: str, operation: str, resource: str, why: str) -> str:
    """Say what AWS refused."""
    return (
        f"{service} refused {operation} on {resource} ({why}): "
        "the function's role or the resource is not as deployed, so check the deployment"
    )
