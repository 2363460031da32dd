"""Times as pages write them."""

import time as clock
from datetime import UTC, datetime

import pytest
from frame.times import to_iso, to_seconds, write_day, write_relative, write_utc

NOW = 1_772_546_709  # 3 March 2026, 14:05:09 UTC
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("away", "written"),
    [
        (0, "now"),
        (-9, "now"),
        (9, "now"),
        (-10, "10 seconds ago"),
        (59, "in 59 seconds"),
        (-MINUTE, "1 minute ago"),
        (-2 * MINUTE + 1, "1 minute ago"),
        (-HOUR + 1, "59 minutes ago"),
        (HOUR, "in 1 hour"),
        (-DAY + 1, "23 hours ago"),
        (-DAY, "1 day ago"),
        (3 * DAY, "in 3 days"),
        (-29 * DAY, "29 days ago"),
        (-30 * DAY, "1 month ago"),
        (364 * DAY, "in 12 months"),
        (365 * DAY, "in 1 year"),
        (-800 * DAY, "2 years ago"),
    ],
)
def test_how_long_ago(away: int, written: str) -> None:
    assert write_relative(NOW + away, NOW) == written


def test_in_full() -> None:
    assert write_utc(NOW) == "3 March 2026, 14:05:09 UTC"
    assert write_day(NOW) == "3 March 2026"
    assert to_iso(NOW) == "2026-03-03T14:05:09Z"
    assert (write_day(0), write_utc(0)) == ("1 January 1970", "1 January 1970, 00:00:00 UTC")


@pytest.mark.parametrize(
    "time",
    [
        NOW,
        "2026-03-03T14:05:09Z",
        "2026-03-03T14:05:09.250Z",
        "2026-03-03T15:05:09+01:00",
        "2026-03-03T14:05:09",  # UTC, as all times here, wherever the machine is
        datetime(2026, 3, 3, 14, 5, 9, tzinfo=UTC),
    ],
)
def test_every_way_that_storage_has_a_time(
    time: int | str | datetime, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(clock.tzset)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    clock.tzset()
    assert to_seconds(time) == NOW
