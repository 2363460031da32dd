"""Lists in pages: how every list is read, part by part, filtered, and ended.

A part is what one read finds. A filter may leave some of it out, and parts may be of several partitions. The work for
one page is bounded: a page may be short, even empty, and have a next one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from keystack.storage import dynamodb
from keystack.storage.attributes import Item, from_item, to_item

T = TypeVar("T")
U = TypeVar("U")


class Page(NamedTuple, Generic[T]):
    """A page of a list, and the mark after which the next page begins; None at the list's end.

    Only the list that made a mark can read it. `searched_until` (Unix seconds): the time of what was read last, of a
    page that a filter left short and that has a next one.
    """

    items: list[T]
    after: str | None
    searched_until: int | None = None


class Part(NamedTuple, Generic[T]):
    """Entries, each an item (None: deleted meanwhile) with its mark; and after which mark the next part begins."""

    entries: Sequence[tuple[str, T | None]]
    after: str | None

    def map(self, function: Callable[[T], U | None]) -> "Part[U]":
        """Replace each item, under the same mark; None leaves it out."""
        return Part([(mark, None if item is None else function(item)) for mark, item in self.entries], self.after)


Read = Callable[[str | None], Part[T]]  # reads the part after a mark; None: the first


def gather(
    limit: int,
    after: str | None,
    read: Read[T],
    fits: Callable[[T], bool] = lambda item: True,
    parts: int = 1,
    most: int | None = None,
) -> Page[T]:
    """Read on after a mark until `limit` items fit, at most `parts` parts, and no part more once `most` were read."""
    found: list[T] = []
    looked_at = 0
    for _ in range(parts):
        part = read(after)
        for place, (mark, item) in enumerate(part.entries, 1):
            if item is not None and fits(item):
                found.append(item)
            if len(found) == limit:
                return Page(found, part.after if place == len(part.entries) else mark)
        after = part.after
        looked_at += len(part.entries)
        if after is None or (most is not None and looked_at >= most):
            break
    return Page(found, after)


def query_part(
    size: int, mark_of: Callable[[Item], str], start: Mapping[str, Any] | None = None, **request: Any
) -> Part[Item]:
    """Run a query for up to `size` items, after the key `start`.

    One item more than needed shows at once whether there are more; DynamoDB alone shows it by an empty answer.
    """
    if start is not None:
        request["ExclusiveStartKey"] = to_item(start)
    with dynamodb.translate_errors(request["TableName"]):
        answer = dynamodb.client().call("Query", {"Limit": size + 1, **request})
    items = [from_item(item) for item in answer["Items"]]
    entries = [(mark_of(item), item) for item in items[:size]]
    more = len(items) > size or bool(items and answer.get("LastEvaluatedKey"))
    return Part(entries, entries[-1][0] if more else None)
