"""The numbers of each day, counted from the audit log: `{org}#days#{mode}` · `{yyyy-mm-dd}`, in the audit table.

The newest day's item says by its mark how far the log is counted: up to a moment, or up to and with the entry whose
sort key it is. Both modes are written together, with one mark. `#days` · `AFTER` says with which organization a sweep
ended that had no time for the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from keystack.domain.modes import Mode
from keystack.domain.numbers import NOTHING, Numbers
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, from_item, to_item
from keystack.storage.audit.entries import TABLE
from keystack.storage.pages import Part, query_part

POSITION = ("#days", "AFTER")

Day = Mapping[Mode, Numbers]


@dataclass(frozen=True)
class Counted:
    """How far an organization's log is counted, and the numbers of the day of the mark. `is_stored`: in the table."""

    mark: str
    numbers: Day = field(default_factory=dict)
    is_stored: bool = True

    @property
    def day(self) -> str:
        return self.mark[:10]


def load_counted(org: str) -> Counted | None:
    """Read how far the log is counted; None if not at all. Raises ConditionFailedError while somebody else counts."""
    newest = {mode: _newest(org, mode) for mode in Mode}
    items = [item for item in newest.values() if item]
    if not items:
        return None
    if len(items) < len(newest) or len({item["mark"] for item in items}) > 1:
        raise dynamodb.ConditionFailedError("another sweep was between the two reads")
    return Counted(items[0]["mark"], {mode: numbers_from(item) for mode, item in newest.items() if item})


def entries_between(org: str, mark: str, until: str, size: int) -> Part[Item]:
    """Read some `size` entries after `mark` and before `until`, of the mark's month, the oldest first."""
    part = query_part(
        size + 1,  # the mark's own entry is the first, and is counted already
        lambda item: str(item["sk"]),
        TableName=TABLE,
        KeyConditionExpression="pk = :month AND sk BETWEEN :mark AND :until",
        ExpressionAttributeValues=to_item({":month": f"{org}#{mark[:7]}", ":mark": mark, ":until": until}),
        ConsistentRead=True,
    )
    return Part([entry for entry in part.entries if entry[0] > mark], part.after)


def put_days(org: str, before: Counted, days: Mapping[str, Day], mark: str) -> list[dynamodb.Action]:
    """Write the numbers of days, that of `before` among them, and the new mark: if nobody else has counted since."""
    return [
        _put_day(org, day, mode, numbers.get(mode, NOTHING), mark, before)
        for day, numbers in sorted(days.items())
        for mode in Mode
    ]


def load_days(org: str, mode: Mode, first: str, last: str) -> list[Item]:
    """Read the days from `first` to `last` (`2026-05-03`) that have an item, the oldest first, in one query."""
    return list(_query(_pk(org, mode), ":pk", {":first": first, ":last": last}, "sk BETWEEN :first AND :last"))


def numbers_from(item: Item) -> Numbers:
    return Numbers(**{each.name: int(item.get(each.name, 0)) for each in fields(Numbers)})


def mark_time(mark: str) -> int:
    """Say up to when a mark tells that the log is counted, in Unix seconds."""
    return int(datetime.fromisoformat(mark[:19]).replace(tzinfo=UTC).timestamp())


def load_position() -> str:
    """Read the organization with which a sweep ended before its time; empty if it came to the end."""
    items = list(_query(POSITION[0], ":pk", {":sk": POSITION[1]}, "sk = :sk"))
    return str(items[0].get("org", "")) if items else ""


def put_position(org: str) -> dynamodb.Action:
    """Note where the next sweep goes on; whoever writes last is right: each organization has its own mark."""
    return dynamodb.put(TABLE, {"pk": POSITION[0], "sk": POSITION[1], "org": org}, "")


def _pk(org: str, mode: Mode) -> str:
    return f"{org}#days#{mode}"


def _put_day(org: str, day: str, mode: Mode, numbers: Numbers, mark: str, before: Counted) -> dynamodb.Action:
    item = {"pk": _pk(org, mode), "sk": day, **asdict(numbers), "mark": mark}
    if day == before.day and before.is_stored:
        return dynamodb.put(TABLE, item, "mark = :mark", {":mark": before.mark})  # nobody has counted since
    return dynamodb.put(TABLE, item, "attribute_not_exists(pk)")  # and nobody has begun this day


def _newest(org: str, mode: Mode) -> Item | None:
    found = _query(_pk(org, mode), ":pk", {}, "", ScanIndexForward=False, Limit=1)
    return next(iter(found), None)


def _query(pk: str, name: str, values: Mapping[str, str], condition: str, **request: Any) -> Iterable[Item]:
    """Run one query, whose answer is small."""
    whole = f"pk = {name}" + (f" AND {condition}" if condition else "")
    with dynamodb.translate_errors(TABLE):
        answer = dynamodb.client().call(
            "Query",
            {
                "TableName": TABLE,
                "KeyConditionExpression": whole,
                "ExpressionAttributeValues": to_item({name: pk, **values}),
                "ConsistentRead": True,
                **request,
            },
        )
    return map(from_item, answer["Items"])
