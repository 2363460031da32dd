"""Lists of deliveries. Their indexes (by_time; by_failing, of what needs attention) hold keys only: items are read.

A mark is a delivery's `listed_at`, `{time}#{event id}`.
"""

from collections.abc import Callable

from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.deliveries.deliveries import TABLE
from keystack.storage.dynamodb import Key
from keystack.storage.pages import Page, Part, Read, gather, query_part
from keystack.storage.timestamps import from_iso, to_iso

MANY = 100  # keys a query, when a filter leaves some out
PARTS = 3  # queries a page


def list_deliveries(org: str, status: DeliveryStatus | None, limit: int, after: str | None = None) -> Page[Item]:
    """List deliveries, the newest first; with a `status`, those of that status only."""
    failing, size = status is not None and needs_attention(status), limit if status is None else MANY
    read = _reader(org, failing, size, newest_first=True)
    return gather(limit, after or "~", read, lambda item: status in (None, item["status"]), PARTS)


def list_failed(
    org: str, since: int, limit: int, after: str | None = None, fits: Callable[[Item], bool] = lambda item: True
) -> Page[Item]:
    """List the failed deliveries that were received since then (Unix seconds) and fit, the oldest first."""
    read = _reader(org, True, max(limit, MANY // 2), newest_first=False)

    def has_failed(item: Item) -> bool:
        return item["status"] == DeliveryStatus.FAILED and fits(item)

    return gather(limit, max(mark_of_time(since), after or ""), read, has_failed, PARTS)


def mark_of_time(seconds: int) -> str:
    """Write the mark after which the deliveries follow that were received then, or later."""
    return to_iso(seconds)


def time_of_mark(mark: str) -> int:
    """Read from a mark when the delivery was received that it stands after."""
    return from_iso(mark.partition("#")[0])


def read_part(org: str, failing: bool, size: int, after: str, newest_first: bool) -> Part[Item]:
    """Read up to `size` deliveries after a mark: all, or those that need attention."""
    index, attribute = ("by_failing", "failing_org") if failing else ("by_time", "org")
    keys = query_part(
        size,
        lambda key: str(key["listed_at"]),
        TableName=TABLE,
        IndexName=index,
        KeyConditionExpression=f"{attribute} = :org AND listed_at {'<' if newest_first else '>'} :mark",
        ExpressionAttributeValues=to_item({":org": org, ":mark": after}),
        ScanIndexForward=not newest_first,
    )
    items = dynamodb.get_items(_place(key) for _, key in keys.entries if key)
    return keys.map(lambda key: items.get(_place(key)))


def _reader(org: str, failing: bool, size: int, newest_first: bool) -> Read[Item]:
    return lambda mark: read_part(org, failing, size, str(mark), newest_first)


def _place(key: Item) -> Key:
    return TABLE, key["pk"], key["sk"]
