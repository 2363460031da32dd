"""How times stand in items: ISO 8601 in UTC, so that they sort."""

from datetime import UTC, datetime


def to_iso(seconds: int) -> str:
    """Write Unix seconds as `2026-01-31T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
