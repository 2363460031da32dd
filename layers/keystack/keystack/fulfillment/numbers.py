"""Count the audit log into the numbers of each day, organization by organization: what the schedule's time is left for.

Nothing is counted twice or left out: numbers and mark are one transaction, on the condition that the mark is the one
that was read. What a sweep leaves, the next one goes on with.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from keystack.domain.modes import Mode
from keystack.domain.numbers import NOTHING, Numbers, numbers_of
from keystack.domain.plan_kinds import DAY
from keystack.errors import DeploymentError, KeystackError
from keystack.logs import logger
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.audit.days import (
    Counted,
    entries_between,
    load_counted,
    load_position,
    put_days,
    put_position,
)
from keystack.storage.audit.entries import livemode_of
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings.registry import organizations_after
from keystack.storage.timestamps import before_second, to_iso

DAYS_BACK = 30  # days, today among them, that are counted of an organization whose log was never counted
# Seconds before now that are left to the next sweep. An entry has the time of its writer's clock, taken just before the
# write: of a writer whose clock is late, or who tries for long, an entry appears behind others. So a day is final two
# minutes after its end, with the next sweep.
MARGIN = 120
ENOUGH_TIME = 5_000  # milliseconds: for another query and transaction
SIZE = 1_000  # entries a query and transaction
TURNS = 20  # of an organization in one sweep: then it is the others' turn
MANY = 100  # organizations a query


@dataclass(frozen=True)
class Sweep:
    """What a sweep did. `is_whole`: each organization had its turn."""

    organizations: int
    entries: int
    is_whole: bool


def count_days(now: int, remaining_millis: Callable[[], int]) -> Sweep:
    """Count every organization's log on, up to two minutes before `now` (Unix seconds), while there is time.

    It begins with the organization after the one with which the last sweep ended that had no time for all.
    """
    start = last = load_position()
    organizations = entries = 0
    for org in _organizations_from(start):
        if remaining_millis() < ENOUGH_TIME:
            dynamodb.write([put_position(last)])
            return Sweep(organizations, entries, is_whole=False)
        entries += _count(org, now, remaining_millis)
        organizations, last = organizations + 1, org
    return Sweep(organizations, entries, is_whole=True)


def _organizations_from(start: str) -> Iterator[str]:
    """Name every organization once: those after `start`, then those from the first one to `start`."""
    yield from _organizations_after(start)
    if start:
        for org in _organizations_after(""):
            if org > start:
                return
            yield org


def _organizations_after(org: str) -> Iterator[str]:
    after: str | None = org
    while after is not None:
        part = organizations_after(after, MANY)
        yield from (each for _, each in part.entries if each)
        after = part.after


def _count(org: str, now: int, remaining_millis: Callable[[], int]) -> int:
    """Count an organization's log on; returns how many entries were read. What is wrong with one stops no other."""
    until, entries = before_second(now - MARGIN), 0
    try:
        counted = load_counted(org) or Counted(f"{to_iso(now - (DAYS_BACK - 1) * DAY)[:10]}T00:00:00", is_stored=False)
        for _ in range(TURNS):
            if counted.mark >= until or remaining_millis() < ENOUGH_TIME:
                break
            counted, count = _count_on(org, counted, until)
            entries += count
    except ConditionFailedError:
        logger.info("another sweep counts the numbers of this organization", org=org)
    except DeploymentError:
        raise
    except KeystackError as error:
        logger.warning("numbers not counted", org=org, reason=str(error))
    return entries


def _count_on(org: str, counted: Counted, until: str) -> tuple[Counted, int]:
    """Count the next entries of the mark's month, in one transaction with the new mark."""
    end = min(until, _next_month(counted.mark))
    part = entries_between(org, counted.mark, end, SIZE)
    mark = part.after or end
    days = _added(counted, (item for _, item in part.entries if item))
    newest = days.setdefault(mark[:10], {})
    dynamodb.write(put_days(org, counted, days, mark))
    return Counted(mark, newest), len(part.entries)


def _added(counted: Counted, items: Iterable[Item]) -> dict[str, dict[Mode, Numbers]]:
    """Add up the numbers of entries by day and mode; an entry that tells no mode counts in neither."""
    days: dict[str, dict[Mode, Numbers]] = defaultdict(dict, {counted.day: dict(counted.numbers)})
    for item in items:
        numbers, livemode = numbers_of(item.get("action", ""), item.get("detail") or {}), livemode_of(item)
        if numbers != NOTHING and livemode is not None:
            day, mode = days[str(item["sk"])[:10]], Mode.of(livemode)
            day[mode] = day.get(mode, NOTHING) + numbers
    return days


def _next_month(mark: str) -> str:
    later = date.fromisoformat(f"{mark[:7]}-01") + timedelta(days=31)
    return f"{later:%Y-%m}-01T00:00:00"
