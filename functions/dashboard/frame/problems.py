"""Every error as a page: what happened, and what to do."""

import traceback

from aws_lambda_powertools.event_handler import Response
from keystack.errors import (
    ActionNeededError,
    ConflictError,
    DeploymentError,
    InvalidInputError,
    KeystackError,
    NotFoundError,
    RetryLaterError,
)
from keystack.logs import logger
from keystack.storage.dynamodb import ConditionFailedError

from frame.request import Request
from frame.responses import problem_page
from frame.sentences import as_sentence


def answer_to(request: Request, error: Exception) -> Response[str]:
    """Turn any error into a page; what is no error of ours is logged, and not shown."""
    match error:
        case NotFoundError():
            return problem_page(request, 404, "There is nothing here", as_sentence(error))
        case InvalidInputError():
            return problem_page(request, 400, "That cannot be read", as_sentence(error))
        case ConflictError() | ActionNeededError():
            return problem_page(request, 409, "That is not possible now", as_sentence(error))
        case ConditionFailedError():
            return problem_page(
                request,
                409,
                "Somebody else was first",
                "It was changed at the same moment. Go back, reload the page, and try again.",
            )
        case RetryLaterError() if not isinstance(error, DeploymentError):
            logger.warning("answered that KeyStack is busy", reason=str(error))
            return problem_page(
                request, 503, "KeyStack cannot answer just now", f"{as_sentence(error)} Reload the page in a moment."
            )
    return _internal_error(request, error)


def _internal_error(request: Request, error: Exception) -> Response[str]:
    """Log where it happened, without the message: it may quote a key or a payload."""
    known = isinstance(error, KeystackError)
    where = traceback.format_tb(error.__traceback__)
    logger.error("not foreseen", error=type(error).__name__, reason=str(error) if known else "", where=where)
    return problem_page(
        request,
        500,
        "KeyStack failed",
        "This is not your fault; KeyStack's logs say why. Look whether what you sent was done before you repeat it.",
    )
