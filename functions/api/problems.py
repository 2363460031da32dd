"""Every error that the API answers, as problem details. Source: RFC 9457, "Problem Details for HTTP APIs".

Each kind is a `type` that stays: `urn:keystack:problem:{kind}`. The `detail` says what to do.
"""

import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from keystack.errors import (
    ActionNeededError,
    ConflictError,
    DeploymentError,
    InvalidInputError,
    KeystackError,
    NotFoundError,
    RetryLaterError,
    sentence,
)
from keystack.logs import logger
from keystack.storage.dynamodb import ConditionFailedError
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
URN = "urn:keystack:problem:"
DEFAULT_RETRY_AFTER = 2  # seconds after which to try again, when nothing better is known

KINDS = {
    "invalid-request": (400, "The request is not valid"),
    "unauthorized": (401, "No valid API key"),
    "missing-scope": (403, "The API key may not do this"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "The method does not exist here"),
    "conflict": (409, "The present state does not allow it"),
    "action-needed": (409, "Somebody must act first"),
    "missing-permissions": (409, "The Stripe key may not do all that KeyStack does"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is not JSON"),
    "internal-error": (500, "KeyStack failed"),
    "retry-later": (503, "KeyStack is busy"),
}


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description=f"A stable name of the problem: {URN}…", examples=[URN + "not-found"])
    title: str
    status: int
    detail: str = Field(description="What happened, and what to do about it.")
    errors: list[FieldProblem] | None = Field(default=None, description="One by one, when several things are wrong.")


class RefusedError(Exception):
    """The API itself refuses a request; `kind` is one of KINDS."""

    def __init__(self, kind: str, detail: str, errors: list[FieldProblem] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.errors = errors


def problem(
    kind: str, detail: str, errors: list[FieldProblem] | None = None, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """Answer with problem details."""
    status, title = KINDS[kind]
    body = Problem(type=URN + kind, title=title, status=status, detail=detail, errors=errors)
    return Response(status, MEDIA_TYPE, body.model_dump_json(exclude_none=True), dict(headers or {}))


def answer_to(error: Exception) -> Response[str]:
    """Turn any error into problem details; what is no error of ours is logged, and not shown."""
    match error:
        case RefusedError():
            return problem(error.kind, str(error), error.errors)
        case RequestValidationError():
            return _invalid(error)
        case InvalidInputError():
            return problem("invalid-request", str(error))
        case NotFoundError():
            return problem("not-found", str(error))
        case ConflictError():
            return problem("conflict", str(error))
        case ActionNeededError():
            return problem("action-needed", sentence(error.what, error.remedy, ", then repeat the request"))
        case ConditionFailedError():
            return problem(
                "conflict", "it was changed by another request at the same moment: read it again, then repeat"
            )
        case RetryLaterError() if not isinstance(error, DeploymentError):  # which nobody can wait out
            return _busy(error)
    return _internal_error(error)


def _invalid(error: RequestValidationError) -> Response[str]:
    errors = [FieldProblem(field=_field(each["loc"]), detail=each["msg"]) for each in error.errors()]
    details = "; ".join(f"{each.field}: {each.detail}" for each in errors[:5])
    return problem("invalid-request", f"fix the fields that do not fit, then repeat: {details}", errors)


def _field(place: Sequence[str | int]) -> str:
    """Write where as `grants.0.keys`, without the place's kind (body, query) and Pydantic's own names (literal[…])."""
    parts = [str(part) for part in place[1:] if re.fullmatch(r"\w+", str(part))]
    return ".".join(parts) or str(place[0])


def _busy(error: RetryLaterError) -> Response[str]:
    after = error.after or DEFAULT_RETRY_AFTER
    logger.warning("answered that KeyStack is busy", reason=str(error))
    return problem("retry-later", f"{error}: repeat the request in {after} s", headers={"Retry-After": str(after)})


def _internal_error(error: Exception) -> Response[str]:
    """Log where it happened, without the message: it may quote a key or a payload."""
    known = isinstance(error, KeystackError)
    where = traceback.format_tb(error.__traceback__)
    logger.error("not foreseen", error=type(error).__name__, reason=str(error) if known else "", where=where)
    return problem(
        "internal-error", "KeyStack failed, which is not your request's fault; its logs say why. Repeat it later"
    )


def title_of(status: int) -> str:
    """Describe a status in the OpenAPI document."""
    titles = [title for known, title in KINDS.values() if known == status]
    return titles[0] if titles else HTTPStatus(status).phrase
