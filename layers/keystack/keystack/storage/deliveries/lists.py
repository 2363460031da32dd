"""Lists of deliveries. Their indexes (by_time; by_failing, of what needs attention) hold keys only: items are read.

A mark is a delivery's `listed_at`, `{time}#{event id}`.
"""

from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.storage import dynamodb
from keystack.storage.attributes import Item, to_item
from keystack.storage.deliveries.deliveries import TABLE
from keystack.storage.dynamodb import Key
from keystack.storage.pages import Page, Part, Read, gather, query_part
from keystack.storage.timestamps import to_iso

MANY = 100  # keys a query, when a filter leaves some out
PARTS = 3  # queries a page


def list_deliveries(org: str, status: DeliveryStatus | None, limit: int, after: str | None = None) -> Page[Item]:
    """List deliveries, the newest first; with a `status`, those of that status only."""
    read = _reader(org, status, limit if status is None else MANY, newest_first=True)
    return gather(limit, after or "~", read, lambda item: status in (None, item["status"]), PARTS)


def list_failed(org: str, since: int, limit: int, after: str | None = None) -> Page[Item]:
    """List the failed deliveries that were received since then (Unix seconds), the oldest first."""
    read = _reader(org, DeliveryStatus.FAILED, limit, newest_first=False)

    def has_failed(item: Item) -> bool:
        return bool(item["status"] == DeliveryStatus.FAILED)

    return gather(limit, max(to_iso(since), after or ""), read, has_failed, PARTS)


def _reader(org: str, status: DeliveryStatus | None, size: int, newest_first: bool) -> Read[Item]:
    failing = status is not None and needs_attention(status)
    index, attribute = ("by_failing", "failing_org") if failing else ("by_time", "org")
    sign = "<" if newest_first else ">"

    def read(mark: str | None) -> Part[Item]:
        keys = query_part(
            size,
            lambda key: str(key["listed_at"]),
            TableName=TABLE,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :org AND listed_at {sign} :mark",
            ExpressionAttributeValues=to_item({":org": org, ":mark": mark}),
            ScanIndexForward=not newest_first,
        )
        items = dynamodb.get_items(_place(key) for _, key in keys.entries if key)
        return keys.map(lambda key: items.get(_place(key)))

    return read


def _place(key: Item) -> Key:
    return TABLE, key["pk"], key["sk"]
