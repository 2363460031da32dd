"""What all responses share: a constant shape, and how times are written."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict


class ResponseModel(BaseModel):
    """The body of a response. Every field is always there, null when there is nothing to say."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


def moment(seconds: int) -> datetime:
    """Turn Unix seconds into a time in UTC, which JSON has in ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC)
