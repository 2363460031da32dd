"""What the models of all routes share: strictness on the way in, a constant shape on the way out."""

from datetime import UTC, datetime

from keystack.errors import InvalidInputError
from pydantic import BaseModel, ConfigDict


class Asked(BaseModel):
    """A body, or a part of one. An unknown field is an error, and a number in quotes is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answered(BaseModel):
    """What a route answers. Every field is always there, null when there is nothing to say."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


def moment(seconds: int) -> datetime:
    """Write Unix seconds as the API tells times: ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def unix_seconds(name: str, at: datetime) -> int:
    """Read a time; one without a zone is in UTC. Raises InvalidInputError for one that no calendar here has."""
    try:
        seconds = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        seconds = -1
    if seconds < 0:
        raise InvalidInputError(f"{name} must be a time from 1970 to 9999, like 2026-01-31T12:00:00Z")
    return seconds
