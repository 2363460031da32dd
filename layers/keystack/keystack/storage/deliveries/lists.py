"""Lists of deliveries. Their indexes (by_time; by_failing, of what needs attention) hold keys only: items are read.

A mark is a delivery's `listed_at`, `{time}#{event id}`.
"""

from keystack.domain.deliveries import DeliveryStatus, needs_attention
from keystack.storage import dynamodb
from keystack.storage.deliveries.deliveries import TABLE, iso
from keystack.storage.dynamodb import Item, Page
from keystack.storage.pages import Read, gather

MANY = 100  # keys a query, when a filter leaves some out
PARTS = 3  # queries a page


def list_deliveries(org: str, status: DeliveryStatus | None, limit: int, after: str | None = None) -> Page[Item]:
    """List deliveries, the newest first; with a `status`, those of that status only."""
    read = _reader(org, status, limit if status is None else MANY, newest_first=True)
    return gather(limit, PARTS, after or "~", read, lambda item: status in (None, item["status"]))


def list_failed(org: str, since: int, limit: int, after: str | None = None) -> Page[Item]:
    """List the failed deliveries that were received since then (Unix seconds), the oldest first."""
    read = _reader(org, DeliveryStatus.FAILED, limit, newest_first=False)
    return gather(
        limit, PARTS, max(iso(since), after or ""), read, lambda item: item["status"] == DeliveryStatus.FAILED
    )


def _reader(org: str, status: DeliveryStatus | None, size: int, newest_first: bool) -> Read[Item]:
    failing = status is not None and needs_attention(status)
    index, attribute = ("by_failing", "failing_org") if failing else ("by_time", "org")
    sign = "<" if newest_first else ">"

    def read(after: str | None) -> tuple[list[tuple[str, Item | None]], str | None]:
        keys, more = dynamodb.query_page(
            size,
            None,
            TableName=TABLE,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :org AND listed_at {sign} :after",
            ExpressionAttributeValues=dynamodb.to_item({":org": org, ":after": after}),
            ScanIndexForward=not newest_first,
        )
        items = dynamodb.get_items((TABLE, key["pk"], key["sk"]) for key in keys)
        part = [(str(key["listed_at"]), items.get((TABLE, key["pk"], key["sk"]))) for key in keys]
        return part, part[-1][0] if more else None

    return read
