"""The audit log as a list, the newest first: month by month, or one subject's through the index by_subject.

A mark stands before what is still to be read: an entry's sort key, or `{yyyy-mm}~`, which is above all of that month.
Either way it begins with the month to go on with.
"""

import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from keystack.domain.timeline import Recorded
from keystack.errors import InvalidInputError
from keystack.storage.attributes import Item, to_item
from keystack.storage.audit.entries import TABLE, StoredEntry, entry_from
from keystack.storage.pages import Page, Part, gather, query_part
from keystack.storage.timestamps import before_second, from_iso

PARTS = 12  # queries a page: so many empty months, or so much of an order that is about its other licenses
LOOKED_AT = 200  # entries a page at most, when a filter leaves some out
MANY = 100  # of them, a query
BEGINNING = "2025-01-01"  # KeyStack is younger
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Period:
    """From `since` on and before `until` (Unix seconds)."""

    since: int
    until: int


@dataclass(frozen=True)
class Filter:
    """Which entries to list; what is empty or None leaves none out.

    `subject` is an order's id, or `plan:pro` and the like; with a `license`, what was about others of its order is left
    out. `action` is a whole word, or the beginning of several up to their dot (`license.`). `source` is the id of a
    Stripe event, or the name of an API key or a person, and whole. `livemode` leaves out what is of the other mode:
    configuration is of both.
    """

    subject: str = ""
    license: str = ""
    action: str = ""
    source: str = ""
    livemode: bool | None = None

    @property
    def leaves_some_out(self) -> bool:
        """Tell whether an entry that is read, and about the subject, may not fit."""
        return bool(self.license or self.action or self.source) or self.livemode is not None

    def fits(self, entry: StoredEntry) -> bool:
        return (
            (not self.license or entry.detail.get("license") in (None, self.license))
            and (
                entry.action == self.action or (self.action[-1:] in ("", ".") and entry.action.startswith(self.action))
            )
            and self.source in ("", entry.source)
            and (None in (self.livemode, entry.livemode) or self.livemode is entry.livemode)
        )


EVERYTHING = Filter()


def list_entries(
    org: str, period: Period, limit: int, after: str | None = None, wanted: Filter = EVERYTHING
) -> Page[StoredEntry]:
    """List what happened in a period, the newest first.

    With a filter a page may have fewer than `limit`, also none, and yet a next one.
    """
    low, mark = _bounds(period, after)
    size, left = (MANY, LOOKED_AT) if wanted.leaves_some_out else (limit, limit * PARTS)

    def read(mark: str | None) -> Part[StoredEntry]:
        nonlocal left
        month = str(mark)[:7]
        part = _query(org, wanted.subject, str(mark), low, min(size, left))
        left -= len(part.entries)
        before = _month_before(month) if not wanted.subject else ""
        return Part(part.entries, part.after or (before if before >= low else None)).map(entry_from)

    return gather(limit, mark, read, wanted.fits, PARTS, LOOKED_AT) if mark >= low else Page([], None)


def searched_until(after: str) -> int:
    """Say down to when a page looked, in Unix seconds, by the mark after which the next page begins."""
    if not after.endswith("~"):
        return int(datetime.fromisoformat(after.partition("#")[0]).replace(tzinfo=UTC).timestamp())
    first = date.fromisoformat(f"{after[:7]}-01") + timedelta(days=31)  # of the month after, which was searched
    return int(datetime(first.year, first.month, 1, tzinfo=UTC).timestamp())


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


def _query(org: str, subject: str, mark: str, low: str, size: int) -> Part[Item]:
    """Read down from `mark` to `low`, which are bounds and not entries themselves: a month, or a subject."""
    month = {"pk": f"{org}#{mark[:7]}"}
    about = {"subject": f"{org}#{subject}"} if subject else {}
    [(attribute, value)] = (about or month).items()
    return query_part(
        size,
        lambda item: str(item["sk"]),
        {**month, **about, "sk": mark},
        TableName=TABLE,
        **({"IndexName": "by_subject"} if subject else {}),
        KeyConditionExpression=f"{attribute} = :own AND sk BETWEEN :low AND :mark",
        ExpressionAttributeValues=to_item({":own": value, ":low": low, ":mark": mark}),
        ScanIndexForward=False,
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
