"""What all inputs share: strictness, and the types of fields that several of them have."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

TIME_WANTED = (
    "must be a time in ISO 8601 from 1970 to 9999, like 2026-01-31T12:00:00Z (in an address, a + is written %2B)"
)


class RequestModel(BaseModel):
    """A body, or a part of one. An unknown field is an error, and a number in quotes is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _read_time(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(value)
        utc = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        if utc.year < 1970:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise PydanticCustomError("time", TIME_WANTED) from None
    return utc


# ISO 8601; without a zone, in UTC.
Time = Annotated[datetime, BeforeValidator(_read_time)]
