"""Which errors of AWS pass by themselves, and which are the deployment's to mend."""

import pytest
from keystack.aws.errors import NoAnswerError, RefusedError, from_aws, is_busy
from keystack.errors import DeploymentError, RetryLaterError

# Each service's own names, from its API reference, "Common Errors" and the errors of each call.
BUSY = [
    ("DynamoDB", "ProvisionedThroughputExceededException", 400),
    ("DynamoDB", "RequestLimitExceeded", 400),
    ("DynamoDB", "ThrottlingException", 400),
    ("DynamoDB", "TransactionConflictException", 400),
    ("DynamoDB", "TransactionInProgressException", 400),
    ("DynamoDB", "LimitExceededException", 400),
    ("DynamoDB", "InternalServerError", 500),
    ("SQS", "OverLimit", 400),
    ("SQS", "RequestThrottled", 400),
    ("SQS", "KmsThrottled", 400),
    ("SSM", "TooManyRequestsException", 400),
    ("SSM", "RequestTimeout", 400),
    ("SSM", "RequestTimeoutException", 400),
    ("SSM", "ServiceUnavailable", 400),
    ("SSM", "a name that nobody knows", 429),
    ("SSM", "a name that nobody knows", 500),
    ("SSM", "a name that nobody knows", 503),
]
NOT_BUSY = ["AccessDeniedException", "ResourceNotFoundException", "QueueDoesNotExist", "ValidationException"]


def refused(code: str, status: int = 400, message: str = "") -> RefusedError:
    return RefusedError("PutItem", code, status, {"Message": message})


@pytest.mark.parametrize(("service", "code", "status"), BUSY)
def test_a_busy_service_is_waited_for(service: str, code: str, status: int) -> None:
    error = from_aws(service, "LicensesTable", refused(code, status))
    assert type(error) is RetryLaterError
    assert str(error) == f"{service} is busy ({code})"


@pytest.mark.parametrize("code", NOT_BUSY)
def test_what_waiting_does_not_mend_names_call_and_resource(code: str) -> None:
    assert not is_busy(refused(code))
    error = from_aws("DynamoDB", "LicensesTable", refused(code, message="AWS quotes ada@example.com"))
    assert isinstance(error, DeploymentError)
    assert str(error).startswith(f"DynamoDB refused PutItem on LicensesTable ({code}): ")
    assert "ada@example.com" not in str(error)


def test_a_missing_right_is_named_as_iam_names_it() -> None:
    table = "arn:aws:dynamodb:eu-west-1:123456789012:table/Licenses"
    iam = f"User: x is not authorized to perform: dynamodb:PutItem on resource: {table} because no policy allows it"
    error = from_aws("DynamoDB", "LicensesTable", refused("AccessDeniedException", message=iam))
    assert f"(AccessDeniedException: dynamodb:PutItem on {table})" in str(error)


@pytest.mark.parametrize("sent", [True, False])
def test_a_service_that_does_not_answer_is_waited_for(sent: bool) -> None:
    told = from_aws("SQS", "IssueQueue", NoAnswerError("TimeoutError", sent))
    assert type(told) is RetryLaterError
    assert str(told) == "SQS did not answer (TimeoutError)"
