"""The audit log as a list, the newest first: month by month, or one subject's through the index by_subject.

A mark stands before what is still to be read: an entry's sort key, or `{yyyy-mm}~`, which is above all of that month.
Either way it begins with the month to go on with.
"""

import re
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from keystack.domain.timeline import Recorded
from keystack.errors import InvalidInputError
from keystack.storage.attributes import Item, to_item
from keystack.storage.audit.entries import TABLE
from keystack.storage.pages import Page, Part, gather, query_part
from keystack.storage.timestamps import before_second, from_iso

PARTS = 12  # queries a page: so many empty months, or so much of an order that is about its other licenses
MANY = 100  # entries a query, when a filter leaves some out
BEGINNING = "2025-01-01"  # KeyStack is younger
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Period:
    """From `since` on and before `until` (Unix seconds)."""

    since: int
    until: int


def list_entries(org: str, period: Period, limit: int, after: str | None = None) -> Page[Item]:
    """List what happened in a period."""
    low, mark = _bounds(period, after)

    def read(mark: str | None) -> Part[Item]:
        month = str(mark)[:7]
        part = _query(limit, low, str(mark), "pk", {"pk": f"{org}#{month}"})
        before = _month_before(month)
        return Part(part.entries, part.after or (before if before >= low else None))

    return gather(limit, mark, read, parts=PARTS) if mark >= low else Page([], None)


def list_entries_of(
    org: str, subject: str, license: str, period: Period, limit: int, after: str | None = None
) -> Page[Item]:
    """List what happened to `subject` in a period; with a `license`, without what was about others of its order."""
    low, mark = _bounds(period, after)

    def read(mark: str | None) -> Part[Item]:
        own = {"pk": f"{org}#{str(mark)[:7]}", "subject": f"{org}#{subject}"}
        return _query(MANY if license else limit, low, str(mark), "subject", own, IndexName="by_subject")

    def is_about(item: Item) -> bool:
        return not license or (item.get("detail") or {}).get("license") in (None, license)

    return gather(limit, mark, read, is_about, PARTS) if mark >= low else Page([], None)


def first_entries_of(org: str, subject: str, limit: int, after: str | None = None) -> Page[Recorded]:
    """List what happened to `subject`, the oldest first. A mark is an entry's sort key."""
    if after is not None and not _MONTH.match(after):
        raise _no_mark()
    values = {":own": f"{org}#{subject}", **({":after": after} if after else {})}

    def read(mark: str | None) -> Part[Item]:
        return query_part(
            limit,
            lambda item: str(item["sk"]),
            TableName=TABLE,
            IndexName="by_subject",
            KeyConditionExpression="subject = :own" + (" AND sk > :after" if after else ""),
            ExpressionAttributeValues=to_item(values),
        )

    page = gather(limit, after, read)
    return Page([_recorded(item) for item in page.items], page.after)


def time_of_entry(mark: str) -> int:
    """Read the time (Unix seconds) from an entry's sort key. Raises InvalidInputError when it is none."""
    try:
        return from_iso(mark.partition("#")[0])
    except ValueError:
        raise _no_mark() from None


def _recorded(item: Item) -> Recorded:
    return Recorded(item["id"], from_iso(item["at"]), item["action"], item["source"], item.get("detail") or {})


def _query(size: int, low: str, mark: str, attribute: str, own: dict[str, str], **where: Any) -> Part[Item]:
    """Read down from `mark` to `low`, which are bounds and not entries themselves."""
    return query_part(
        size,
        lambda item: str(item["sk"]),
        {**own, "sk": mark},
        TableName=TABLE,
        KeyConditionExpression=f"{attribute} = :own AND sk BETWEEN :low AND :mark",
        ExpressionAttributeValues=to_item({":own": own[attribute], ":low": low, ":mark": mark}),
        ScanIndexForward=False,
        **where,
    )


def _bounds(period: Period, after: str | None) -> tuple[str, str]:
    """Name the lower bound and the mark to begin with. Raises InvalidInputError when `after` is no mark."""
    if after is not None and not _MONTH.match(after):
        raise _no_mark()
    low = max(before_second(period.since), BEGINNING)
    high = before_second(min(period.until, int(time.time()) + 86_400))  # no empty months of the future
    return low, high if after is None else min(after, high)


def _no_mark() -> InvalidInputError:
    return InvalidInputError("cursor is none of this list's: leave it out to begin with the first page")


def _month_before(month: str) -> str:
    last = date.fromisoformat(f"{month}-01") - timedelta(days=1)
    return f"{last:%Y-%m}~"
