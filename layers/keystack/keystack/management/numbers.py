"""The numbers of an organization's last days, as the schedule has counted them."""

from dataclasses import dataclass
from datetime import date, timedelta

from keystack.domain.modes import Mode
from keystack.domain.numbers import NOTHING, Numbers
from keystack.storage.audit.days import load_days, mark_time, numbers_from


@dataclass(frozen=True)
class Day:
    """A UTC day, and how many licenses were issued, became frozen and expired on it."""

    date: date
    numbers: Numbers


@dataclass(frozen=True)
class LastDays:
    """Days, the oldest first. `counted_until`: Unix seconds up to which they are counted; None if none of them is.

    What happened after that is not in the numbers yet: the schedule counts every 15 minutes.
    """

    days: list[Day]
    counted_until: int | None


def last_days(org: str, mode: Mode, today: date, days: int = 30) -> LastDays:
    """Load the last `days` days up to `today`, in one query; a day on which nothing happened has zeros."""
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    items = load_days(org, mode, dates[0].isoformat(), today.isoformat())
    numbers = {item["sk"]: numbers_from(item) for item in items}
    counted = [Day(each, numbers.get(each.isoformat(), NOTHING)) for each in dates]
    return LastDays(counted, mark_time(items[-1]["mark"]) if items else None)
