"""How times stand in items: ISO 8601 in UTC, so that they sort."""

from datetime import UTC, datetime


def to_iso(seconds: int) -> str:
    """Write Unix seconds as `2026-01-31T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> int:
    """Read what `to_iso` or `to_iso_with_milliseconds` wrote as whole Unix seconds."""
    return int(datetime.fromisoformat(text).timestamp())


def to_iso_with_milliseconds(seconds: float) -> str:
    """Write Unix seconds as `2026-01-31T12:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def before_second(seconds: int) -> str:
    """Write a bound that sorts before every time of its second, with milliseconds or without."""
    return to_iso(seconds).removesuffix("Z")
