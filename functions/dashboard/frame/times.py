"""Times as pages write them: relative, and in full for whoever looks closer. All are Unix seconds, in UTC."""

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3_600, 86_400
_STEPS = ((DAY * 365, "year"), (DAY * 30, "month"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


def to_seconds(time: int | str | datetime) -> int:
    """Read a time as storage has it: Unix seconds, or ISO 8601."""
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int(time.timestamp()) if isinstance(time, datetime) else time


def to_iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_utc(seconds: int) -> str:
    """Write a time in full: `3 March 2026, 14:05:09 UTC`."""
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time.day} {time:%B %Y, %H:%M:%S} UTC"


def write_day(seconds: int) -> str:
    """Write a day: `3 March 2026`."""
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time.day} {time:%B %Y}"


def write_relative(seconds: int, now: int) -> str:
    """Write how long ago a time was, or how long it will be: `3 days ago`, `in 2 hours`."""
    away = abs(now - seconds)
    if away < 10:
        return "now"
    for length, name in _STEPS:
        if away >= length:
            return _sided(away // length, name, past=seconds <= now)
    return _sided(away, "second", past=seconds <= now)


def _sided(count: int, name: str, past: bool) -> str:
    words = f"{count} {name}" + ("" if count == 1 else "s")
    return f"{words} ago" if past else f"in {words}"
