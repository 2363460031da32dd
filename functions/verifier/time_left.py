"""Whether an AWS call can still end before the function's time is up: else the answer is a 503."""

from typing import TYPE_CHECKING

from keystack.errors import RetryLaterError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Milliseconds that one call of SSM, DynamoDB or SQS takes at most: two attempts, each 1 s to connect and 1 s to wait
# for the answer, up to 1 s between them; and half a second for the work around it. Not in it is what has no timeout:
# the look-up of a host's name, and an answer that comes in drops.
# With the function's 10 s, a second call is begun only if the first took less than 4.5 s, and so on: whatever hangs,
# the 503 is sent before the time is up.
MAX_CALL_MILLISECONDS = 5_500


def require_time(context: "LambdaContext") -> None:
    """Raise RetryLaterError when there is no time left for one more call."""
    if context.get_remaining_time_in_millis() < MAX_CALL_MILLISECONDS:
        raise RetryLaterError("AWS is slow, and there is no time left to take the event")
